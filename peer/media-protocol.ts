import { MEDIA_PROTOCOL, type MediaMessage, mediaCodec } from '#protocols/media.ts'
import type { StreamProtocol } from '#ring'

/** What travels between a camera and a node. */
export const mediaProtocol: StreamProtocol<MediaMessage> = { id: MEDIA_PROTOCOL, roles: ['node', 'peer'], message: mediaCodec }
