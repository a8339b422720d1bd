import buildAjv from '@fastify/ajv-compiler'
import type { FastifyInstance, RouteOptions } from 'fastify'

type Compiler = NonNullable<RouteOptions['validatorCompiler']>
type Check = ReturnType<Compiler>

/** Schemas of routes are compiled by the first request that is held against them: there are hundreds, and at the start of a node they were a sixth of its work. What a schema does not name is refused, not taken away. */
export function compileLazily(app: FastifyInstance): void {
  const ajv = buildAjv()({}, { customOptions: { removeAdditional: false } }) as unknown as Compiler
  app.addHook('onRoute', (route) => { route.validatorCompiler = lazily(route.validatorCompiler ?? ajv) })
}

export const lazily = (compile: Compiler): Compiler => (route) => {
  let compiled: Check | undefined
  const check: Check = (data: unknown) => {
    compiled ??= compile(route)
    const answer = compiled(data)
    check.errors = compiled.errors ?? null
    return answer
  }
  return check
}
