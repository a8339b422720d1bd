import type { AlbumList, FieldList, ProjectList, StateList, TagList } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { useUnlimited } from '../shell/use-may.ts'

export const useAlbums = (): AlbumList['albums'] => useResource<AlbumList>('/albums').data?.albums ?? []
export const useProjects = (): ProjectList['projects'] => useResource<ProjectList>(useUnlimited('/projects')).data?.projects ?? []
export const useFields = (): FieldList['fields'] => useResource<FieldList>(useUnlimited('/fields')).data?.fields ?? []
export const useStates = (): StateList['states'] => useResource<StateList>(useUnlimited('/states')).data?.states ?? []
export const useTags = (): TagList['tags'] => useResource<TagList>(useUnlimited('/tags')).data?.tags ?? []
