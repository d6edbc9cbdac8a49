// Calls to the REST interface with the session's cookie.
import { foreign } from "./words.js";

/** What the server said when it refused. Without a code it was not the server who refused, but something in between. */
export class Refusal extends Error {
  /** @param {number} status @param {{code?: string, message?: string, details?: any}} error @param {string | null} retryAfter */
  constructor(status, error, retryAfter = null) {
    super(error.message || foreign(status));
    /** When to come again, in seconds, where the server says that it helps. */
    this.retryAfter = retryAfter;
    this.status = status;
    this.code = error.code || "";
    this.details = error.details || {};
  }
}

export function csrf() {
  return document.querySelector('meta[name="csrf"]')?.getAttribute("content") ?? "";
}

/**
 * Sends `body` as JSON, or bytes as they are, and answers with what came back; throws `Refusal`, or `TypeError` when offline.
 * @param {string} method @param {string} path @param {unknown} [body] @param {Record<string, string>} [headers]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function call(method, path, body, headers = {}, signal) {
  const response = await fetch(path, {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": csrf(), ...headers },
    body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
    signal,
  });
  const text = await response.text();
  if (!response.ok) throw refusal(response, text);
  return text ? read(response, text) : null;
}

/**
 * What `response` says, which is no success.
 * @param {Response} response @param {string} text
 */
export function refusal(response, text) {
  return new Refusal(response.status, read(response, text)?.error ?? {}, response.headers.get("Retry-After"));
}

/** @param {Response} response @param {string} text @returns {any} */
function read(response, text) {
  return text && (response.headers.get("Content-Type") ?? "").includes("json") ? JSON.parse(text) : null;
}

/** @typedef {{id: string, name: string, kind: string, url: string, thumbnailUrl?: string | null, altText?: string | null, mimeType: string, size: number,
 *   width?: number | null, height?: number | null, duration?: number | null}} MediaItem */
