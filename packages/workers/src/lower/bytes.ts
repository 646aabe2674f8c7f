/** Bytes as the manifest writes them: hexadecimal, or base64 after the prefix `base64:`. */

const HEXADECIMAL = /^(?:[0-9a-f]{2})*$/i;
const BASE64 = /^base64:((?:[0-9a-z+/]{4})*(?:[0-9a-z+/]{2}==|[0-9a-z+/]{3}=)?)$/i;

/** The bytes that `text` spells, or undefined where it spells none. */
export function decodeBytes(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string") return undefined;
  if (HEXADECIMAL.test(text)) return Buffer.from(text, "hex");
  const base64 = BASE64.exec(text);
  return base64 === null ? undefined : Buffer.from(base64[1]!, "base64");
}
