import { isAbsolute } from 'node:path'
import { Type } from 'typebox'
import { InvalidInputError } from '#protocols/errors.ts'
import { count, known, type Params, type Verb, type VerbContext } from '../verb.ts'

const Place = Type.Optional(Type.String({ minLength: 1, maxLength: 4_096, description: 'a folder of the node\'s machine, or s3://BUCKET/PREFIX' }))

function placeOf({ backup_root, destination, target }: Params): string {
  const place: string | undefined = backup_root ?? destination ?? target
  if (place === undefined) throw new InvalidInputError('say where to: "backup_root": "/media/archive"')
  if (!place.startsWith('s3://') && !isAbsolute(place)) throw new InvalidInputError(`${place} is no absolute path: name the folder from / on, or s3://BUCKET/PREFIX`)
  return place
}

const look = async (params: Params, { actions }: VerbContext): Promise<void> => known(actions, 'checkBackup')(placeOf(params))

/** `{"action":"backup","backup_root":"/media/archive"}` */
export const backup: Verb = {
  action: 'backup',
  summary: 'Copy what is new of the whole library to a folder or an S3 bucket',
  params: Type.Object({ backup_root: Place, destination: Place, target: Place, keep: Type.Optional(Type.Integer({ minimum: 1, maximum: 999_999, description: 'generations kept there' })) }),
  isKnown: (actions) => actions.backup !== undefined,
  look,
  async check(params, context) {
    await look(params, context)
    return `would copy what is new to ${placeOf(params)}`
  },
  async run(params, context) {
    await look(params, context)
    const { actions, ...options } = context
    const result = await known(actions, 'backup')(placeOf(params), { ...options, ...(params['keep'] !== undefined && { keep: params['keep'] }) })
    if (result.missing > 0) throw new InvalidInputError(`${count(result.missing, 'entry')} of the library ${result.missing === 1 ? 'is' : 'are'} not whole in the backup, for no node that answers has all of it: start every node, then run it again`)
    return { message: `${count(result.copied, 'object')} copied, ${result.skipped} already there`, result }
  }
}
