// From what the user wrote under `identity.appearance` to a look that everybody can read, and a picture that runs nothing.
import { readFile, stat } from "node:fs/promises";
import {
  contrast,
  CONTRAST_MIN,
  LOGO_BYTES_MAX,
  type Look,
  type PageColours,
  pictureType,
  readable,
  SHEETS,
} from "../../identity/pages/appearance.ts";
import { whyUnreadable } from "../error-code.ts";
import { name as nameOf } from "../issues.ts";
import type { Configuration } from "../schema/portcullis.ts";
import type { IdentityAppearanceSettings } from "../settings.ts";
import type { Resolving } from "./resolving.ts";

type Written = NonNullable<Configuration["identity"]>["appearance"];

const AT = ["identity", "appearance"];

export async function resolveAppearance(written: Written, to: Resolving): Promise<IdentityAppearanceSettings> {
  const colours = written?.colour === undefined ? undefined : coloursOf(written.colour, to);
  return { colours, logo: written?.logo === undefined ? undefined : await logoOf(written.logo, to) };
}

function coloursOf({ light, dark }: PageColours, to: Resolving): PageColours {
  const colours = { light: light.toLowerCase(), dark: dark.toLowerCase() };
  for (const look of ["light", "dark"] as const satisfies readonly Look[]) {
    const colour = colours[look];
    const found = contrast(colour, SHEETS[look]);
    if (found >= CONTRAST_MIN) continue;
    const at = [...AT, "colour", look];
    to.error(
      at,
      "contrast-low",
      `${nameOf(at)}: ${colour} has a contrast of ${found.toFixed(1)}:1 on the ${look} pages' ${SHEETS[look]}`,
      `${CONTRAST_MIN}:1 is needed to be read by everybody (WCAG 2.2, 1.4.3): ${readable(colour, look)} has it.`,
    );
  }
  return colours;
}

async function logoOf(written: string, to: Resolving): Promise<IdentityAppearanceSettings["logo"]> {
  const at = [...AT, "logo"];
  const file = to.file(at, written);
  let bytes: Buffer;
  try {
    // Looked at first: a device or a pipe would be read for ever.
    const about = await stat(file);
    if (!about.isFile()) {
      to.error(at, "file-unreadable", `${written} cannot be read: it is no regular file`, "Put the picture there.");
      return undefined;
    }
    if (about.size > LOGO_BYTES_MAX) {
      const message = `${written} has ${about.size} bytes: more than ${LOGO_BYTES_MAX}`;
      to.error(at, "logo-large", message, "A picture of 400 by 100 points is enough.");
      return undefined;
    }
    bytes = await readFile(file);
  } catch (error) {
    to.error(at, "file-unreadable", `${written} cannot be read: ${whyUnreadable(error)}`, "Put the picture there.");
    return undefined;
  }
  const mediaType = pictureType(bytes);
  if (mediaType === undefined) {
    const remedy = "SVG is not served: it is a document that may hold scripts. Export the picture as PNG.";
    to.error(at, "logo-type", `${written} is no PNG, JPEG or WebP picture`, remedy);
    return undefined;
  }
  return { file, mediaType };
}
