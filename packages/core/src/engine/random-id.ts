const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const LENGTH = 16

/** 80 random bits of the platform's generator as 16 characters that are safe in ids, keys and addresses. */
export function randomId(): string {
  let id = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(LENGTH))) id += ALPHABET[byte & 31]
  return id
}
