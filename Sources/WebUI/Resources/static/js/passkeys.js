// What passkeys (WebAuthn) need between the server, which writes bytes as base64url, and the browser.
import { Refusal, call } from "./api.js";
import { say } from "./words.js";

export function passkeysWork() {
  return typeof PublicKeyCredential === "function" && "credentials" in navigator;
}

/** @param {string} text */
function bytes(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer | null} buffer */
function text(buffer) {
  const letters = [...new Uint8Array(buffer ?? new ArrayBuffer(0))].map((byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {any[]} known */
const descriptors = (known) => known.map((item) => ({ ...item, id: bytes(item.id) }));

/**
 * Makes a passkey and answers with what the server made of it.
 * @param {string} name @param {string | undefined} password
 */
export async function add(name, password) {
  const options = await call("POST", "/api/auth/passkeys/options", password === undefined ? {} : { password });
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: descriptors(options.excludeCredentials),
    },
  });
  if (!(made instanceof PublicKeyCredential) || !(made.response instanceof AuthenticatorAttestationResponse)) throw new Error("No passkey was made");
  /** @type {any} what the browser reads from the answer for us is younger than the checker's own list */
  const response = made.response;
  return call("POST", "/api/auth/passkeys", {
    ...(name ? { name } : {}),
    id: made.id,
    clientDataJSON: text(response.clientDataJSON),
    authenticatorData: text(response.getAuthenticatorData()),
    publicKey: text(response.getPublicKey()),
    publicKeyAlgorithm: response.getPublicKeyAlgorithm(),
    transports: response.getTransports(),
  });
}

/**
 * Signs in. `mediation` "conditional" waits until somebody chooses a passkey in a field's suggestions.
 * @param {{ticket?: string, invitation?: string, mediation?: any, signal?: AbortSignal}} how
 */
export async function signIn({ ticket, invitation, mediation, signal }) {
  const options = await call("POST", "/api/auth/passkey-login/options", ticket ? { ticket } : {}, {}, signal);
  const chosen = await navigator.credentials.get({
    mediation,
    signal,
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: descriptors(options.allowCredentials) },
  });
  if (!(chosen instanceof PublicKeyCredential) || !(chosen.response instanceof AuthenticatorAssertionResponse)) throw new Error("No passkey was chosen");
  const { response } = chosen;
  return call("POST", "/api/auth/passkey-login", {
    id: chosen.id,
    clientDataJSON: text(response.clientDataJSON),
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    ...(response.userHandle ? { userHandle: text(response.userHandle) } : {}),
    ...(invitation ? { invitation } : {}),
  });
}

/**
 * Why it did not work, for a person; empty where they have stopped it themselves.
 * @param {unknown} error @param {string} address that of the server, by which passkeys go
 */
export function reason(error, address) {
  if (error instanceof Refusal) return error.message;
  if (!(error instanceof DOMException)) return say(error instanceof TypeError ? "notReached" : "passkeyFailed");
  switch (error.name) {
    case "AbortError":
      return "";
    case "NotAllowedError":
      return say("passkeyNotChosen");
    case "InvalidStateError":
      return say("passkeyKnown");
    case "SecurityError":
      return say("passkeyElsewhere", { address });
    default:
      return say("passkeyFailed");
  }
}
