// The shapes of the public API, as docs and contract give them.

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

export interface ModelUse {
  model: string;
  generations: number;
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
  cost: number | null;
}

export interface Session {
  id: string;
  userId: string | null;
  userIds: string[];
  title: string | null;
  outcome: string | null;
  traceCount: number;
  spanCount: number;
  generationCount: number;
  toolCount: number;
  errorCount: number;
  startTime: string;
  endTime: string;
  duration: number;
  activeDuration: number;
  segments: number;
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
  totalTokens: number;
  totalCost: number | null;
  models: ModelUse[];
  unpricedModels: string[];
  tags: string[];
  metadata: Record<string, unknown>;
  environment: string | null;
  release: string | null;
  firstInput: string | null;
  lastOutput: string | null;
  goals: string[];
}

export interface SpanError {
  type?: string | null;
  message?: string | null;
  stack?: string | null;
}

export interface Span {
  id: string;
  parentId: string | null;
  kind: string;
  name: string;
  startTime: string;
  endTime: string | null;
  duration: number | null;
  timeToFirstToken: number | null;
  status: string;
  error: SpanError | null;
  modelName: string | null;
  provider: string | null;
  modelParameters: Record<string, unknown> | null;
  input: unknown;
  output: unknown;
  promptTokens: number | null;
  completionTokens: number | null;
  cachedTokens: number | null;
  reasoningTokens: number | null;
  totalTokens: number | null;
  cost: number | null;
  attributes: Record<string, unknown> | null;
}

export interface Trace {
  id: string;
  name: string;
  sessionId: string | null;
  userId: string | null;
  startTime: string;
  endTime: string | null;
  duration: number | null;
  status: string;
  error: SpanError | null;
  spanCount: number;
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
  totalCost: number | null;
  models: string[];
  tags: string[];
  metadata: Record<string, unknown>;
  environment: string | null;
  release: string | null;
  input: unknown;
  output: unknown;
  spans?: Span[];
}

/** `type` is `text` or `image` today; anything else is shown raw. */
export interface ContentPart {
  type: string;
  text?: string | null;
  [field: string]: unknown;
}

export interface ToolCall {
  id?: string | null;
  name: string;
  arguments?: unknown;
}

export interface Message {
  role: string;
  content: ContentPart[];
  toolCalls?: ToolCall[] | null;
  toolCallId?: string | null;
  name?: string | null;
  modelName?: string | null;
  spanId?: string | null;
}

export interface Turn {
  traceId: string;
  name: string;
  startTime: string;
  endTime: string | null;
  status: string;
  error: SpanError | null;
  totalTokens: number;
  totalCost: number | null;
  messages: Message[];
}

export interface Percentiles {
  mean?: number | null;
  p50?: number | null;
  p90?: number | null;
  p95?: number | null;
  p99?: number | null;
}

export interface SessionAnalytics {
  totals: {
    sessionCount: number;
    userCount: number;
    traceCount: number;
    spanCount: number;
    errorCount: number;
    promptTokens: number;
    completionTokens: number;
    totalTokens: number;
    totalCost: number | null;
  };
  perSession: Record<
    'traceCount' | 'duration' | 'activeDuration' | 'totalTokens' | 'totalCost',
    Percentiles | undefined
  >;
}

export interface Me {
  project: { id: number | string; name: string };
  scopes: string[];
}
