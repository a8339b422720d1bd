/** A whole node, with all routes it has: walked without that any of them does anything. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RouteOptions } from 'fastify'
import { silentLog } from '#ring/base/log.ts'
import { createNode } from '../../node/node.ts'

export interface Route { readonly method: string; readonly url: string; readonly config: RouteOptions['config'] | undefined }

export interface NodeOfRoutes {
  /** HEAD only where there is no GET. */
  readonly routes: readonly Route[]
  /** As its administrator. @throws Error with what it answered */
  post<T>(path: string, body: object): Promise<T>
  /** Whether somebody reaches what the route does (which is not done), or is refused before. */
  letsIn(route: Route, token: string | undefined): Promise<boolean>
  end(): Promise<void>
}

export async function nodeOfRoutes(): Promise<NodeOfRoutes> {
  const data = await mkdtemp(join(tmpdir(), 'thatdam-routes-'))
  const all: Route[] = []
  let isWalked = false
  let adminToken = ''

  function onRoute(route: RouteOptions & { websocket?: boolean }): void {
    const { method, url, config, handler } = route
    for (const each of [method].flat()) all.push({ method: each, url, config })
    if (route.websocket !== true) route.handler = function (request, reply) { return isWalked ? reply.code(204).send() : handler.call(this, request, reply) }
  }

  const node = await createNode(
    { data, http: '127.0.0.1:0', listen: ['/ip4/127.0.0.1/tcp/0'], join: undefined, name: 'alder', zone: undefined, weight: undefined, auth: true, mdns: false, json: true, log: 'silent' },
    { log: silentLog, onToken: (token) => { adminToken = token }, onSetupCode() {}, version: '0.0.0', onRoute }
  )
  await node.start()
  const { http } = node.ready()
  const ask = (path: string, method: string, token: string | undefined, body?: object): Promise<Response> => fetch(http + path, {
    method, redirect: 'manual', headers: { ...token !== undefined && { authorization: `Bearer ${token}` }, ...body && { 'content-type': 'application/json' } }, ...body && { body: JSON.stringify(body) }
  })

  return {
    get routes() { return all.filter(({ method, url }) => method !== 'HEAD' || !all.some((other) => other.url === url && other.method === 'GET')) },
    async post<T>(path: string, body: object): Promise<T> {
      isWalked = false
      const answer = await ask(`/api/v1/${path}`, 'POST', adminToken, body)
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
      return await answer.json() as T
    },
    async letsIn({ method, url }, token) {
      isWalked = true
      const path = url.replace('*', 'index.html').replace(/:(\w+)/g, (_all, name: string) => name === 'token' ? 'x'.repeat(59) : name === 'id' ? '0123456789abcdef' : 'porch')
      const answer = await ask(path, method, token)
      const text = await answer.text()
      return answer.status !== 401 && !(answer.status === 403 && (method === 'HEAD' || text.includes('ERR_FORBIDDEN')))
    },
    async end() {
      await node.stop()
      await rm(data, { recursive: true, force: true })
    }
  }
}
