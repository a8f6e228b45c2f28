// Files on their way to the server, with how far they are: fetch tells nothing of that, the older way does. A file may be large, so
// nothing of it is read into memory here; the token is renewed and the file sent once more where it had just run out.
import { ApiError, bearer, type Problem } from './client';

export interface Upload<T> {
  done: Promise<T>;
  cancel: () => void;
}

interface Wish {
  path: string;
  method?: 'POST' | 'PUT';
  type: string;
  file: Blob;
  headers?: Record<string, string>;
  /** 0 to 1; 1: it is with the server, which has not answered yet. */
  progress: (share: number) => void;
}

function problemOf(text: string): Problem | null {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return null;
  }
}

function refusal({ status, statusText, responseText }: XMLHttpRequest): ApiError {
  const problem = problemOf(responseText);
  return new ApiError(problem?.code ?? 'INTERNAL', problem?.title ?? statusText, status, problem);
}

function send<T>(request: XMLHttpRequest, { path, method = 'POST', type, file, headers, progress }: Wish, token: string | null, language: string): Promise<T> {
  return new Promise((done, failed) => {
    request.open(method, path);
    request.setRequestHeader('Content-Type', type);
    request.setRequestHeader('Accept-Language', language);
    if (token !== null) request.setRequestHeader('Authorization', `Bearer ${token}`);
    for (const [name, value] of Object.entries(headers ?? {})) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.upload.onload = () => progress(1);
    request.onload = () => (request.status >= 200 && request.status < 300 ? done(JSON.parse(request.responseText) as T) : failed(refusal(request)));
    request.onerror = () => failed(new ApiError('OFFLINE', 'OFFLINE', 0, null));
    request.onabort = () => failed(new ApiError('CANCELLED', 'CANCELLED', 0, null));
    request.send(file);
  });
}

export function upload<T>(wish: Wish): Upload<T> {
  const identity = bearer();
  const request = new XMLHttpRequest();
  const first = send<T>(request, wish, identity.token(), identity.language());
  const done = first.catch(async (error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    const token = await identity.renew();
    if (token === null) throw error;
    return send<T>(request, wish, token, identity.language());
  });
  return { done, cancel: () => request.abort() };
}
