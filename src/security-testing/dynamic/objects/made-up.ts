// An id of the same shape that nobody has.
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NUMBER_STEP = 1_000_003;
const CLASSES = ["0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"] as const;

export function madeUpId(id: unknown, random: () => number): unknown {
  if (typeof id === "number") return id + NUMBER_STEP + Math.floor(random() * NUMBER_STEP);
  const text = String(id);
  if (UUID.test(text)) return madeUpUuid(random);
  const made = text.replaceAll(/[0-9a-zA-Z]/g, (letter, at: number) => another(letter, at, random));
  return made === text ? `${text}0` : made;
}

function madeUpUuid(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  // Version 4 and its variant (RFC 9562, 5.4): what checks ids must take it for one.
  digits[12] = "4";
  digits[16] = "89ab"[Math.floor(random() * 4)] as string;
  return digits.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function another(letter: string, at: number, random: () => number): string {
  const letters = CLASSES.find((letters) => letters.includes(letter));
  if (letters === undefined) return letter;
  const chosen = letters[Math.floor(random() * letters.length)] as string;
  return at === 0 && chosen === "0" ? "9" : chosen;
}
