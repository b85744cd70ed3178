import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

const SPANS_WAITING_MAX = 4096
const SPANS_AT_ONCE = 512
const EVERY_MS = 2_000
const TIMEOUT_MS = 10_000

/** Spans beyond what may wait are dropped: a collector that is away costs memory for so many and no more. */
export function openExport(to: { endpoint: string; name: string }): AsyncDisposable {
  const url = `${to.endpoint.replace(/\/$/, '')}/v1/traces`
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: TIMEOUT_MS })
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: SPANS_WAITING_MAX,
    maxExportBatchSize: SPANS_AT_ONCE,
    scheduledDelayMillis: EVERY_MS,
    exportTimeoutMillis: TIMEOUT_MS,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': to.name }),
    spanProcessors: [processor],
  })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  return {
    [Symbol.asyncDispose]: async () => {
      await provider.shutdown().catch(() => {}) // the collector is away: what waits is lost
      trace.disable()
      context.disable()
      propagation.disable()
    },
  }
}
