// Talks with the chat API. Knows nothing of the page.

import { prove } from "./work.js";

const BASE = "/api/v1/chat/sessions";
const WAIT_MS = 35000;

/** A refusal of the server: `status` and the problem document (RFC 9457), if there was one. */
export class Refused extends Error {
  constructor(status, problem, retryAfter) {
    super(problem?.type ?? String(status));
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

/** No answer at all: no network, or nobody there. */
export class Unreachable extends Error {}

async function request(method, address, body, headers = {}) {
  let response;
  try {
    response = await fetch(address, {
      method,
      headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(WAIT_MS),
    });
  } catch {
    throw new Unreachable();
  }
  if (response.status === 204) return null;
  let content = null;
  try {
    content = await response.json();
  } catch {
    if (response.ok) throw new Unreachable();
  }
  if (!response.ok) throw new Refused(response.status, content, Number(response.headers.get("Retry-After")) || null);
  return content;
}

/** Begin a conversation; where very many are begun at once, prove first that it costs something. */
export async function open(role) {
  try {
    return await request("POST", BASE, { role });
  } catch (failure) {
    const work = failure instanceof Refused && failure.problem?.work;
    const proof = work && (await prove(work));
    if (!proof) throw failure;
    return await request("POST", BASE, { role }, proof);
  }
}
export const read = (session) => request("GET", `${BASE}/${session}`);
export const send = (session, body, key) =>
  request("POST", `${BASE}/${session}/messages`, body, { "Idempotency-Key": key });
export const erase = (session) => request("DELETE", `${BASE}/${session}`);
/** The conversation this browser has open, which another tab may have begun. */
export const current = async (role) => (await request("GET", `/chat/corrente?ruolo=${role}`)).session;
export const exportAddress = (session) => `${BASE}/${session}/export`;

/** Follow a conversation; returns a function that stops. */
export function follow(session, onChanged, onGone) {
  const source = new EventSource(`${BASE}/${session}/events`);
  source.addEventListener("changed", onChanged);
  source.addEventListener("gone", onGone);
  return () => source.close();
}
