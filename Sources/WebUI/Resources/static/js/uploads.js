// Sends files up: whole, and where something on the way refuses that or the line breaks, in pieces that go on where they stopped.
import { call, csrf, Refusal } from "./api.js";

/** @typedef {import("./api.js").MediaItem} MediaItem */
/** @typedef {{id: string, size: number, offset: number, media?: MediaItem | null}} Progress */

/** Bytes of a piece: below the megabyte that proxies take when nobody told them otherwise; and the least that is tried. */
const [largest, smallest] = [960 * 1024, 60 * 1024];
/** Waits between tries while nothing gets through, in milliseconds; after the last one the upload has failed. */
const waits = [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000];
/** Whether something on the way has refused a whole file: the next one then goes in pieces at once. */
let wholeIsRefused = false;

/**
 * Uploads `file`, telling how far it got (0 to 1). Throws `Refusal`, `TypeError` when the line stays broken, and `AbortError`.
 * @param {File} file @param {{onProgress?: (share: number) => void, signal?: AbortSignal}} [options]
 * @returns {Promise<MediaItem>}
 */
export async function upload(file, options = {}) {
  const { onProgress = () => {}, signal } = options;
  if (!wholeIsRefused || file.size <= largest) {
    try {
      return await whole(file, onProgress, signal);
    } catch (error) {
      if (!isFromTheWay(error)) throw error;
      if (error instanceof Refusal && error.status === 413) wholeIsRefused = true;
    }
  }
  return inPieces(file, onProgress, signal);
}

/**
 * Whether it was not the server who refused: its refusals carry a code.
 * @param {unknown} error
 */
function isFromTheWay(error) {
  return error instanceof TypeError || (error instanceof Refusal && !error.code);
}

/** @param {File} file @param {(share: number) => void} onProgress @param {AbortSignal} [signal] @returns {Promise<MediaItem>} */
function whole(file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/media");
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.setRequestHeader("X-CSRF-Token", csrf());
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () =>
      request.status < 300 && request.response ? resolve(request.response) : reject(new Refusal(request.status, request.response?.error ?? {}));
    request.onerror = () => reject(new TypeError("network"));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    if (signal?.aborted) request.onabort(new ProgressEvent("abort"));
    else request.send(file);
  });
}

/** @param {File} file @param {(share: number) => void} onProgress @param {AbortSignal} [signal] @returns {Promise<MediaItem>} */
async function inPieces(file, onProgress, signal) {
  const address = "/api/media/uploads";
  /** @type {Progress} */
  let state = await insist(() => call("POST", address, { name: file.name, size: file.size }, {}, signal), signal);
  const own = `${address}/${state.id}`;
  let [length, tries] = [largest, 0];
  try {
    while (!state.media) {
      onProgress(state.offset / file.size);
      const { offset } = state;
      const piece = file.slice(offset, offset + length);
      try {
        const headers = { "Content-Type": "application/octet-stream", "Upload-Offset": String(offset) };
        state = await call("PATCH", own, piece, headers, signal);
        tries = 0;
      } catch (error) {
        const stands = error instanceof Refusal && error.code === "CONFLICT";
        if (!isFromTheWay(error) && !stands) throw error;
        if (error instanceof Refusal && error.status === 413 && length > smallest) {
          length = Math.max(smallest, Math.floor(length / 2));
          continue;
        }
        await pause(tries++, error, signal);
        state = await insist(() => call("GET", own, undefined, {}, signal), signal);
        if (state.offset > offset) tries = 0;
      }
    }
  } catch (error) {
    // Nobody will go on with it. Should this not get through, the server forgets it by itself.
    if (signal?.aborted) call("DELETE", own).catch(() => {});
    throw error;
  }
  onProgress(1);
  return state.media;
}

/**
 * Does `work` again while it does not get through.
 * @template Value
 * @param {() => Promise<Value>} work @param {AbortSignal} [signal]
 * @returns {Promise<Value>}
 */
async function insist(work, signal) {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isFromTheWay(error)) throw error;
      await pause(tries, error, signal);
    }
  }
}

/**
 * Waits before the next try; throws `error` when there were enough. A line that is back ends the wait.
 * @param {number} tries @param {unknown} error @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function pause(tries, error, signal) {
  if (tries >= waits.length) throw error;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    setTimeout(resolve, waits[tries]);
    addEventListener("online", () => resolve(), { once: true });
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
