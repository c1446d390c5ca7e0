// Every probe, in the order in which they run: what only reads first, what spends limits last.
import type { Probe } from "./probe.ts";
import { accountExistence } from "./probes/account-existence.ts";
import { addressLimits } from "./probes/address-limits.ts";
import { answerHeads } from "./probes/answer-heads.ts";
import { answerProperties } from "./probes/answer-properties.ts";
import { answers } from "./probes/answers.ts";
import { bodySize } from "./probes/body-size.ts";
import { atOnce } from "./probes/at-once.ts";
import { authorizationMatrix } from "./probes/authorization-matrix.ts";
import { caching } from "./probes/caching.ts";
import { contentType } from "./probes/content-type.ts";
import { cookies } from "./probes/cookies.ts";
import { cors } from "./probes/cors.ts";
import { exposedPages } from "./probes/exposed-pages.ts";
import { failedCreate } from "./probes/failed-create.ts";
import { flowRepeated } from "./probes/flow-repeated.ts";
import { gateNets } from "./probes/gate-nets.ts";
import { gateAnswers } from "./probes/gate-answers.ts";
import { guessing } from "./probes/guessing.ts";
import { injection } from "./probes/injection.ts";
import { inputBounds } from "./probes/input-bounds.ts";
import { limits } from "./probes/limits.ts";
import { methodOverride } from "./probes/method-override.ts";
import { objectChange, objectDelete } from "./probes/object-change.ts";
import { objectRead } from "./probes/object-read.ts";
import { otherVersions } from "./probes/other-versions.ts";
import { pageSize } from "./probes/page-size.ts";
import { pathSpellings } from "./probes/path-spellings.ts";
import { properties } from "./probes/properties.ts";
import { prototypePollution } from "./probes/prototype-pollution.ts";
import { siblings } from "./probes/siblings.ts";
import { smuggling } from "./probes/smuggling.ts";
import { strayInputs } from "./probes/stray-inputs.ts";
import { tls } from "./probes/tls.ts";
import { signOut } from "./probes/sign-out.ts";
import { tokens } from "./probes/tokens.ts";
import { trace } from "./probes/trace.ts";
import { undeclaredMethods } from "./probes/undeclared-methods.ts";
import { useAfterDelete } from "./probes/use-after-delete.ts";
import { xmlEntities } from "./probes/xml-entities.ts";

export const PROBES: readonly Probe[] = [
  answerHeads,
  gateAnswers,
  tls,
  exposedPages,
  siblings,
  otherVersions,
  trace,
  cors,
  caching,
  cookies,
  answerProperties,
  objectRead,
  pathSpellings,
  undeclaredMethods,
  methodOverride,
  tokens,
  authorizationMatrix,
  accountExistence,
  signOut,
  smuggling,
  pageSize,
  answers,
  inputBounds,
  gateNets,
  strayInputs,
  contentType,
  bodySize,
  properties,
  failedCreate,
  flowRepeated,
  injection,
  xmlEntities,
  prototypePollution,
  objectChange,
  objectDelete,
  useAfterDelete,
  limits,
  atOnce,
  addressLimits,
  guessing,
];
