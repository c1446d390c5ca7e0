// An owner's own colour and logo on the pages: a colour that can be read by everybody, and a picture that runs nothing.

export interface PageColours {
  /** `#rrggbb`: of links and buttons. */
  readonly light: string;
  readonly dark: string;
}

export interface Logo {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface Appearance {
  readonly colours?: PageColours | undefined;
  readonly logo?: Logo | undefined;
}

export type Look = keyof PageColours;

/** What the colour stands on, and what stands on it is at least as far from it. */
export const SHEETS: Readonly<Record<Look, string>> = { light: "#ffffff", dark: "#161b22" };

/** WCAG 2.2, 1.4.3, for text of ordinary size. */
export const CONTRAST_MIN = 4.5;
export const LOGO_BYTES_MAX = 262_144;

/** From 1 to 21. */
export function contrast(one: string, other: string): number {
  const [brighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (brighter + 0.05) / (darker + 0.05);
}

/** The same hue, darker or brighter, as little as it takes to be read on the sheet. */
export function readable(colour: string, look: Look): string {
  const target = look === "light" ? 0 : 255;
  for (let percent = 0; percent <= 100; percent += 1) {
    const mixed = channels(colour).map((value) => Math.round(value + ((target - value) * percent) / 100));
    const text = `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
    if (contrast(text, SHEETS[look]) >= CONTRAST_MIN) return text;
  }
  return look === "light" ? "#000000" : "#ffffff";
}

function channels(colour: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/** WCAG 2.2: relative luminance. */
function luminance(colour: string): number {
  const [red, green, blue] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const SIGNATURES: readonly (readonly [string, (bytes: Buffer) => boolean])[] = [
  ["image/png", (bytes) => bytes.subarray(0, 8).equals(Buffer.from("\x89PNG\r\n\x1a\n", "latin1"))],
  ["image/jpeg", (bytes) => bytes.subarray(0, 3).equals(Buffer.of(0xff, 0xd8, 0xff))],
  [
    "image/webp",
    (bytes) =>
      bytes.subarray(0, 4).toString("latin1") === "RIFF" && bytes.subarray(8, 12).toString("latin1") === "WEBP",
  ],
];

/** By what it begins with, whatever its name says. Undefined for others: SVG is a document, which may hold scripts. */
export function pictureType(bytes: Buffer): string | undefined {
  return SIGNATURES.find(([, matches]) => matches(bytes))?.[0];
}
