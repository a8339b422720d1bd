/** Webhooks over HTTP: addresses that are called when something happens. */
import { type Static, Type } from 'typebox'

const Ms = Type.Number({ description: 'Unix time, milliseconds' })
const Topics = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 50, description: 'topics, `recording.*`, or `*`; `GET /workflows/verbs` lists them' })

export const WebhookChange = Type.Object({
  url: Type.Optional(Type.String({ minLength: 8, maxLength: 2_048 })),
  events: Type.Optional(Topics),
  name: Type.Optional(Type.String({ maxLength: 200 })),
  secret: Type.Optional(Type.String({ minLength: 16, maxLength: 500, description: 'what calls are signed with; one is made when there is none' })),
  enabled: Type.Optional(Type.Boolean()),
  allowPrivate: Type.Optional(Type.Boolean({ description: 'the address is meant to be of this machine or its network; default false' }))
}, { additionalProperties: false })
export type WebhookChange = Static<typeof WebhookChange>

export const WebhookView = Type.Object({ id: Type.String(), url: Type.String(), events: Type.Array(Type.String()), name: Type.String(), enabled: Type.Boolean(), allowPrivate: Type.Boolean(), createdMs: Ms })
export type WebhookView = Static<typeof WebhookView>
export const WebhookMade = Type.Intersect([WebhookView, Type.Object({ secret: Type.Optional(Type.String({ description: 'told once, when the node made it' })) })])
export const WebhookList = Type.Object({ webhooks: Type.Array(WebhookView) })
export type WebhookList = Static<typeof WebhookList>

export const DeliveryView = Type.Object({
  id: Type.String(), webhook: Type.String(), topic: Type.String(),
  state: Type.Union([Type.Literal('sent'), Type.Literal('waiting'), Type.Literal('given up')]),
  attempts: Type.Number(), message: Type.String(), queuedMs: Ms, triedMs: Ms
})
export type DeliveryView = Static<typeof DeliveryView>
export const DeliveryList = Type.Object({ deliveries: Type.Array(DeliveryView) })
export type DeliveryList = Static<typeof DeliveryList>
