// I09: multipart bodies whose names Tomcat decodes as mail does, and texts whose charset other servers heed.
import type { LenientPart } from "./lenient-multipart.ts";
import { MALFORMED } from "./multipart-bodies.ts";
import { END, field, file, named, part, USER } from "./multipart-writing.ts";

const admin: Partial<LenientPart> = { name: "role", content: "admin" };
const malformed = (says: string) => ({ ...MALFORMED, says });

export const JAVA_CASES: [string, string, Partial<LenientPart>, object][] = [
  [
    "an encoded word for a name",
    USER + field("=?utf-8?Q?ro=6Ce?=", "admin") + END,
    admin,
    malformed("a name that mail would decode"),
  ],
  [
    "an encoded word for a file's name",
    USER + file("=?utf-8?Q?..=2F..=2Fa.png?=") + END,
    { filename: "../../a.png" },
    malformed("a name that mail would decode"),
  ],
  [
    "an encoded word in base64 for a file's name",
    USER + file("=?UTF-8?B?Li4vLi4vYS5wbmc=?=") + END,
    { filename: "../../a.png" },
    malformed("a name that mail would decode"),
  ],
  [
    "an encoded word for a path beside the same in `filename*`",
    USER +
      part(
        `${named("photo", "; filename=\"=?utf-8?B?Li4vYQ==?=\"; filename*=utf-8''..%2Fa")}\r\nContent-Type: image/png`,
      ) +
      END,
    { filename: "../a" },
    malformed("could lead elsewhere"),
  ],
  [
    "an encoded word beside another name in `filename*`",
    USER +
      part(`${named("photo", "; filename=\"=?utf-8?B?YQ==?=\"; filename*=utf-8''b")}\r\nContent-Type: image/png`) +
      END,
    { filename: "b" },
    malformed("two names"),
  ],
  [
    "a charset that has not all that is sent",
    USER + part(`${named("tags")}\r\nContent-Type: text/plain; charset=us-ascii`, "\xc3\xa9") + END,
    { name: "tags" },
    { says: "tags must be in UTF-8" },
  ],
  [
    "a charset that has other characters for it",
    USER + part(`${named("tags")}\r\nContent-Type: text/plain; charset=iso-8859-1`, "\xc3\xa9") + END,
    { name: "tags" },
    { says: "tags must be in UTF-8" },
  ],
];
