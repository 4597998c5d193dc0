// What an MCP server offers, apart from how it is served: a node's operations and resources, or whatever else is put behind the same
// doors. Everything here is computed before a request comes; a request only picks from it.
import type {
  CallToolResult,
  CompleteResult,
  GetPromptResult,
  InputRequiredResult,
  Prompt,
  RequestStateCodec,
  Resource,
  ResourceTemplateType,
  Server,
  ServerContext,
  Tool,
} from '@modelcontextprotocol/server';
import type { TroupeError } from '../../runtime/index.ts';
import type { Caller } from '../operations/index.ts';

/** One request as an offer sees it. */
export interface Asking {
  readonly caller: Caller;
  readonly signal: AbortSignal;
  /** Undefined on the quick way, which only serves tools that need none. */
  readonly context?: ServerContext;
}

export interface ToolOffer {
  /** In the order in which they are listed. */
  readonly cards: readonly Tool[];
  /** It answers soon, says nothing in between and needs no context. */
  isQuick(tool: string): boolean;
  /** Throws `ProtocolError` for a tool that is not there; a tool that fails is a result. */
  call(tool: string, input: Readonly<Record<string, unknown>>, asking: Asking): Promise<CallToolResult | InputRequiredResult>;
}

export interface ResourceOffer {
  list(cursor: string | undefined, asking: Asking): Promise<{ readonly resources: Resource[]; readonly nextCursor?: string }>;
  readonly templates: readonly ResourceTemplateType[];
  /** Throws `ResourceNotFoundError`. */
  read(uri: string, asking: Asking): Promise<{ contents: Array<{ uri: string; mimeType?: string; text: string } | { uri: string; mimeType?: string; blob: string }> }>;
}

export interface PromptOffer {
  readonly cards: readonly Prompt[];
  get(prompt: string, input: Readonly<Record<string, string>>, asking: Asking): Promise<GetPromptResult | InputRequiredResult>;
}

export interface Completion {
  readonly ref: { readonly type: 'ref/prompt'; readonly name: string } | { readonly type: 'ref/resource'; readonly uri: string };
  readonly argument: { readonly name: string; readonly value: string };
}

export type McpNews =
  | { readonly kind: 'tools' | 'prompts' | 'resources' }
  | { readonly kind: 'resource'; readonly uri: string }
  /** Told to whoever is connected in a way that can be told. */
  | { readonly kind: 'push'; readonly method: string; readonly params: Readonly<Record<string, unknown>> };

export interface McpOffer {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly instructions: string;
  /** Ids of extensions and what they say of themselves. */
  readonly extensions?: Readonly<Record<string, Record<string, never>>>;
  /** Signs what clients carry from one round of a request to the next. */
  readonly states: RequestStateCodec<unknown>;
  /** Why nothing can be asked now. */
  notReady(): TroupeError | undefined;
  readonly tools: ToolOffer;
  readonly resources: ResourceOffer;
  readonly prompts: PromptOffer;
  complete(completion: Completion, asking: Asking): Promise<CompleteResult['completion']>;
  listen(listener: (news: McpNews) => void): () => void;
  /** Sets what an extension needs on a server that is about to be connected. */
  furnish?(server: Server, asking: (context: ServerContext) => Asking): void;
}
