// REST as the contract has it. Two things are added to every request: who asks (the access token, held in memory alone) and in
// which language. A token that has just run out is renewed once and the request made again.
import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './generated/rest';

export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];

/** What the client needs to know of the session; set by the session store. */
export interface Identity {
  token(): string | null;
  language(): string;
  /** A new access token, or null when the session is over. Asked for by several at once, it is fetched once. */
  renew(): Promise<string | null>;
}

let identity: Identity = { token: () => null, language: () => 'ja', renew: async () => null };

export function setIdentity(next: Identity): void {
  identity = next;
}

/** For what does not go through `api`: uploads. */
export function bearer(): Identity {
  return identity;
}

/** A refusal, or no answer at all (`code` is OFFLINE then). */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly problem: Problem | null,
  ) {
    super(message);
  }
  /** What is wrong with a field of the form, for its input. */
  field(name: string): string | undefined {
    return this.problem?.errors?.find(({ field }) => field === name)?.message;
  }
}

const OWN_AFFAIR = /\/api\/auth\/(login|refresh|logout|register)$/;

const authorize: Middleware = {
  onRequest({ request }) {
    const token = identity.token();
    if (token !== null && !request.headers.has('Authorization')) request.headers.set('Authorization', `Bearer ${token}`);
    if (!request.headers.has('Accept-Language')) request.headers.set('Accept-Language', identity.language());
    return request;
  },
};

/** Sends once more with a new token. A body that was a stream is gone by then, so the request is copied beforehand. */
async function fetchRenewing(request: Request): Promise<Response> {
  const again = OWN_AFFAIR.test(new URL(request.url).pathname) || !request.headers.has('Authorization') ? null : request.clone();
  const response = await fetch(request);
  if (response.status !== 401 || again === null) return response;
  const token = await identity.renew();
  if (token === null) return response;
  again.headers.set('Authorization', `Bearer ${token}`);
  return fetch(again);
}

export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? '', fetch: fetchRenewing, credentials: 'same-origin' });
api.use(authorize);

type Answer<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/** The data of an answer; anything else is thrown as an ApiError. */
export async function take<T>(answer: Answer<T>): Promise<T> {
  return (await takeTagged(answer)).data;
}

/** The same with its ETag, which an update must name. */
export async function takeTagged<T>(answer: Answer<T>): Promise<{ data: T; etag: string }> {
  let got;
  try {
    got = await answer;
  } catch {
    throw new ApiError('OFFLINE', 'OFFLINE', 0, null);
  }
  if (got.response.ok) return { data: got.data as T, etag: got.response.headers.get('ETag') ?? '' };
  const problem = (got.error ?? null) as Problem | null;
  throw new ApiError(problem?.code ?? 'INTERNAL', problem?.title ?? got.response.statusText, got.response.status, problem);
}
