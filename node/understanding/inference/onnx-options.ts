/** How ONNX Runtime is told to run a model. */
import type { ModelToOpen } from './asks.ts'

/** For `InferenceSession.create`; memory that a large input needed is given back. */
export const sessionOptions = ({ threads, provider }: Pick<ModelToOpen, 'threads' | 'provider'>) => ({
  executionProviders: [provider], intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential' as const, graphOptimizationLevel: 'all' as const, enableCpuMemArena: false, enableMemPattern: false
})
