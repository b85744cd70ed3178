import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'

/**
 * Spans of OpenTelemetry, where an endpoint for them is given; else the work is done and nothing more. What
 * is loaded for it is loaded then. An id may stand in a span, as in the log; what was thrown stands there by
 * its code alone.
 */
const NAME = 'sluice'

let isOn = false

/** Sends spans to `<endpoint>/v1/traces` from now on, for all of the process, until it is disposed of. */
export async function startTracing(endpoint: string): Promise<AsyncDisposable> {
  const { openExport } = await import('./tracing-export.ts')
  const exporting = openExport({ endpoint, name: NAME })
  isOn = true
  return {
    [Symbol.asyncDispose]: async () => {
      isOn = false
      await exporting[Symbol.asyncDispose]()
    },
  }
}

/** Does the work in a span; what begins inside is below it. */
export function traced<Result>(
  name: string,
  attributes: Attributes,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!isOn) return work()
  return trace.getTracer(NAME).startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work()
    } catch (error) {
      endWith(span, codeOf(error))
      throw error
    } finally {
      span.end()
    }
  })
}

/** A request's span, below the caller's where they sent a `traceparent`. */
export interface RequestSpan {
  /** What begins inside is below it. */
  run(inside: () => void): void
  end(answer: { route: string; statusCode: number }): void
}

export function traceRequest(request: {
  method: string
  id: string
  headers: object
}): RequestSpan | undefined {
  if (!isOn) return undefined
  const { method, id, headers } = request
  const above: Context = propagation.extract(context.active(), headers)
  const attributes = { 'http.request.method': method, 'sluice.request.id': id }
  const options = { kind: SpanKind.SERVER, attributes }
  const span = trace.getTracer(NAME).startSpan(method, options, above)
  return {
    run: (inside) => context.with(trace.setSpan(above, span), inside),
    end: ({ route, statusCode }) => {
      span.updateName(`${method} ${route}`)
      span.setAttributes({ 'http.route': route, 'http.response.status_code': statusCode })
      if (statusCode >= 500) endWith(span, String(statusCode))
      span.end()
    },
  }
}

function endWith(span: Span, code: string): void {
  span.setAttribute('error.type', code)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

function codeOf(error: unknown): string {
  const { code, name } = Object(error)
  return typeof code === 'string' ? code : String(name)
}
