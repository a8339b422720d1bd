import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { ThatDamError } from '#protocols/errors.ts'
import type { CameraList, DeviceList } from '#protocols/http.ts'
import { askSelf, askSelfJson } from './ask-self.ts'
import type { SeedComponents } from './seed-components.ts'

/** Sockets of first clients at once, of either kind. @default 50 */
export const MAX_SEED_SOCKETS = 50
/** Actions a client may have under way; more are refused. @default 4 */
export const MAX_SEED_ACTIONS = 4
/** How often it is told what is recorded, in ms. @default 1000 */
export const RECORDING_STATUS_MS = 1_000

interface Socket {
  readonly readyState: number
  readonly OPEN: number
  send(text: string): void
  close(code: number, reason: string): void
  on(event: 'message', listener: (data: Buffer) => void): void
  on(event: 'close' | 'error', listener: () => void): void
}

interface Message { readonly action?: unknown; readonly device?: unknown; readonly feature?: unknown; readonly overlay?: unknown; readonly enabled?: unknown; readonly settings?: unknown }
type Act = (message: Message, tell: (event: string, more?: object) => void, tellAll: (event: string, more?: object) => void) => Promise<void>

/** `WS /ws/control`: list_devices, start_record, stop_record, select_stream, set_preview, toggle_overlay. `WS /ws/camera`: list_devices, capture_frame. */
export function socketAliases(_components: SeedComponents): FastifyPluginAsync {
  return async (app) => {
    const control = new Set<Socket>()
    let open = 0

    const list = (request: FastifyRequest): Act => async (_message, tell) => {
      const { machines } = await askSelfJson<DeviceList>(app, request, 'GET', '/api/v1/devices')
      tell('device_list', { devices: machines.flatMap((machine) => machine.devices.map(({ source, name, camera, state }) => ({ id: camera ?? source, path: source, name, status: state }))) })
    }
    const record = (request: FastifyRequest, on: boolean): Act => async ({ device }, _tell, tellAll) => {
      await askSelf(app, request, 'POST', `/api/v1/cameras/${encodeURIComponent(String(device))}/record`, { on })
      tellAll(on ? 'recording_started' : 'recording_stopped', { device })
    }
    const frame = (request: FastifyRequest): Act => async ({ device }, tell) => {
      tell('frame', { device, data: (await askSelf(app, request, 'GET', `/api/v1/cameras/${encodeURIComponent(String(device))}/snapshot`)).toString('base64'), type: 'image/jpeg' })
    }
    const share = (event: string): Act => async ({ action: _action, ...rest }, _tell, tellAll) => tellAll(event, rest)

    function serve(socket: Socket, { who }: FastifyRequest, acts: Readonly<Record<string, Act>>): void {
      socket.on('error', () => {}) // its close follows
      if (open >= MAX_SEED_SOCKETS) return socket.close(1013, 'too many clients')
      open++
      const mayGoOn = (): boolean => {
        const may = app.mayGoOn(who)
        if (!may) socket.close(4401, 'sign in again')
        return may
      }
      const timer = setInterval(mayGoOn, RECORDING_STATUS_MS)
      socket.on('close', () => {
        open--
        clearInterval(timer)
      })
      const tell = (event: string, more: object = {}): void => { if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ event, ...more })) }
      const tellAll = (event: string, more: object = {}): void => { for (const each of control) if (each.readyState === each.OPEN) each.send(JSON.stringify({ event, ...more })) }
      let underWay = 0
      socket.on('message', (data) => {
        if (!mayGoOn()) return
        if (underWay >= MAX_SEED_ACTIONS) return tell('error', { message: 'slower: wait for the answers' })
        underWay++
        void handle(String(data), acts, tell, tellAll).finally(() => { underWay-- })
      })
    }

    app.get('/ws/control', { websocket: true, config: { role: 'editor' }, schema: { hide: true } }, (socket: Socket, request) => {
      control.add(socket)
      socket.on('close', () => control.delete(socket))
      serve(socket, request, {
        list_devices: list(request), start_record: record(request, true), stop_record: record(request, false),
        select_stream: share('stream_selected'), set_preview: share('preview_settings'), toggle_overlay: share('overlay_toggled')
      })
      tellRecording(app, request, socket)
    })

    app.get('/ws/camera', { websocket: true, schema: { hide: true } }, (socket: Socket, request) => {
      serve(socket, request, { list_devices: list(request), capture_frame: frame(request) })
      socket.send(JSON.stringify({ event: 'camera_ws_ready' }))
    })
  }
}

async function handle(text: string, acts: Readonly<Record<string, Act>>, tell: Parameters<Act>[1], tellAll: Parameters<Act>[2]): Promise<void> {
  try {
    const message = JSON.parse(text) as Message
    const act = typeof message.action === 'string' && Object.hasOwn(acts, message.action) ? acts[message.action] : undefined
    if (act === undefined) return tell('error', { message: `unknown action: they are ${Object.keys(acts).join(', ')}` })
    await act(message, tell, tellAll)
  } catch (err) {
    tell('error', { message: err instanceof ThatDamError ? err.message : err instanceof SyntaxError ? 'send JSON: {"action": …}' : 'something went wrong in this node: its log says what' })
  }
}

/** What is recorded, again and again, as the first clients expect it. */
function tellRecording(app: FastifyInstance, request: FastifyRequest, socket: Socket): void {
  const timer = setInterval(() => {
    void askSelfJson<CameraList>(app, request, 'GET', '/api/v1/cameras').then(({ cameras }) => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ event: 'recording_status', status: Object.fromEntries(cameras.map(({ id, recording }) => [id, { recording }])) }))
    }).catch(() => {}) // asked again in a moment
  }, RECORDING_STATUS_MS)
  socket.on('close', () => clearInterval(timer))
}
