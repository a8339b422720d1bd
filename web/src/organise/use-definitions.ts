import type { AlbumList, FieldList, ProjectList, StateList, TagList } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'

export const useAlbums = (): AlbumList['albums'] => useResource<AlbumList>('/albums').data?.albums ?? []
export const useProjects = (): ProjectList['projects'] => useResource<ProjectList>('/projects').data?.projects ?? []
export const useFields = (): FieldList['fields'] => useResource<FieldList>('/fields').data?.fields ?? []
export const useStates = (): StateList['states'] => useResource<StateList>('/states').data?.states ?? []
export const useTags = (): TagList['tags'] => useResource<TagList>('/tags').data?.tags ?? []
