// How the console calls operations: the same ones as every SDK, by JSON, with the cookie of the session.

const API = "/_iamd/api/";

export type Json = Record<string, any>;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly decisionId: string | null,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

let csrf: string | null = null;
let lost: () => void = () => undefined;

/** Takes the anti-forgery token of the session; null for none. */
export function useToken(token: string | null): void {
  csrf = token;
}

/** Says what to do when the session is over. */
export function onLost(action: () => void): void {
  lost = action;
}

async function send(path: string, content?: Json): Promise<Json> {
  const headers: Record<string, string> = csrf === null ? {} : { "x-iamd-csrf": csrf };
  const answer = await fetch(API + path, {
    method: content === undefined ? "GET" : "POST",
    headers: content === undefined ? headers : { ...headers, "content-type": "application/json" },
    body: content === undefined ? undefined : JSON.stringify(content),
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
  }).catch(() => {
    throw new ApiError(0, "Unreachable", "The server does not answer.", null, null);
  });
  const body: Json = await answer.json().catch(() => ({}));
  if (answer.ok) {
    return body;
  }
  const code: string = body.code ?? `HTTP ${answer.status}`;
  if (csrf !== null && ["ExpiredToken", "MissingAuthenticationToken"].includes(code)) {
    lost();
  }
  throw new ApiError(
    answer.status,
    code,
    body.message ?? code,
    answer.headers.get("x-iamd-decision-id"),
    answer.headers.get("x-amzn-requestid"),
  );
}

/** Calls an operation of a service. */
export function call(service: string, operation: string, members: Json = {}): Promise<Json> {
  return send(`${service}/${operation}`, members);
}

/** Asks one of the console's own pages. */
export function own(page: string, content?: Json): Promise<Json> {
  return send(`console/${page}`, content);
}

/** Returns what all pages of an operation list, at most `most` of them. */
export async function callAll(
  service: string,
  operation: string,
  members: Json,
  list: string,
  most = 5000,
): Promise<Json[]> {
  const found: Json[] = [];
  let marker: string | undefined;
  do {
    const page = await call(service, operation, { ...members, ...(marker ? { Marker: marker } : {}) });
    found.push(...page[list]);
    marker = page.IsTruncated ? page.Marker : undefined;
  } while (marker && found.length < most);
  return found;
}

/** Returns the answer, or null where there is no such thing. */
export async function callOrNone(service: string, operation: string, members: Json = {}): Promise<Json | null> {
  try {
    return await call(service, operation, members);
  } catch (error) {
    if (error instanceof ApiError && error.code === "NoSuchEntity") {
      return null;
    }
    throw error;
  }
}
