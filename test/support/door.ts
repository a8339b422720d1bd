/** A way into a machine of a test network: a unix socket here, which a small process there forwards to a port of its loopback. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'

/** Longest an answer may take, in ms. @default 12000 */
export const ANSWER_MS = 12_000

const FORWARD = `const net=require('node:net');const[path,port]=process.argv.slice(1)
net.createServer({allowHalfOpen:true},(a)=>{const b=net.connect({port:Number(port),host:'127.0.0.1',allowHalfOpen:true});a.on('error',()=>b.destroy());b.on('error',()=>a.destroy());a.on('close',()=>b.destroy());b.on('close',()=>a.destroy());a.pipe(b);b.pipe(a)}).listen(path,()=>process.stdout.write('open'))`

export interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
}

export interface Asked {
  readonly method?: string
  readonly path: string
  readonly headers?: Record<string, string | number>
  readonly body?: Uint8Array | string
  /** @default ANSWER_MS */
  readonly withinMs?: number
}

/** HTTP over a unix socket to a port that only the machine itself can reach. */
export class Door {
  readonly #child: ChildProcess
  readonly #socketPath: string
  readonly #host: string

  private constructor(child: ChildProcess, socketPath: string, port: number) {
    this.#child = child
    this.#socketPath = socketPath
    this.#host = `127.0.0.1:${port}`
  }

  /** `wrapper`: words that make a command run on the machine. */
  static async open(wrapper: readonly string[], socketPath: string, port: number): Promise<Door> {
    const [program = '', ...rest] = [...wrapper, process.execPath, '-e', FORWARD, socketPath, String(port)]
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
    if (child.stdout !== null) await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => { throw new Error('a door did not open') })])
    return new Door(child, socketPath, port)
  }

  /** @throws Error when there is no whole answer in time */
  ask({ method = 'GET', path, headers = {}, body, withinMs = ANSWER_MS }: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        socketPath: this.#socketPath, method, path, agent: false, signal: AbortSignal.timeout(withinMs),
        headers: { host: this.#host, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers }
      }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () => (response.complete ? resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }) : reject(new Error('the answer was cut off'))))
        response.on('error', reject)
      })
      request.on('error', reject)
      request.end(body)
    })
  }

  close(): void { this.#child.kill('SIGKILL') }
}
