// Finds the number that a busy network is asked for (web/security/work.py). Nobody sees or does anything.

const BATCH = 400;

/** Whether this browser can compute it: only over TLS or on this very machine. */
const canCompute = () => Boolean(globalThis.crypto?.subtle);

function startsWithZeros(bytes, bits) {
  let left = bits;
  for (const byte of bytes) {
    if (left <= 0) return true;
    if (byte >> Math.max(8 - left, 0)) return false;
    left -= 8;
  }
  return true;
}

async function numberFor(salt, bits) {
  const text = new TextEncoder();
  for (let from = 0; ; from += BATCH) {
    const tries = Array.from({ length: BATCH }, (_, n) => crypto.subtle.digest("SHA-256", text.encode(`${salt}:${from + n}`)));
    const found = (await Promise.all(tries)).findIndex((digest) => startsWithZeros(new Uint8Array(digest), bits));
    if (found >= 0) return from + found;
  }
}

/** The header that lets a refused request pass: the number, or the wait. Null when there is neither. */
export async function prove(work) {
  if (canCompute()) return { "X-Rientro-Work": `${work.task}:${await numberFor(work.salt, work.bits)}` };
  if (!work.wait_seconds) return null;
  await new Promise((done) => setTimeout(done, (work.wait_seconds + 1) * 1000));
  return { "X-Rientro-Work": work.task };
}
