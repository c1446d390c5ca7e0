// Composes document and settings into a policy: the gates of every operation, or every reason why it must not start.
import type { KeySource, MemoryDenyList } from "../authentication/index.ts";
import type { Gate } from "../core/gate.ts";
import type { Policy } from "../core/policy.ts";
import {
  type AuditRecorder,
  createRecorder,
  Detector,
  Metrics,
  sensitiveParameters,
  TraceSampler,
} from "../monitoring/index.ts";
import type { ApiDescription } from "../openapi/api-description.ts";
import { DocumentSet } from "../openapi/document.ts";
import { type Problem, ProblemsError } from "../openapi/located.ts";
import { describeApi } from "../openapi/operations.ts";
import type { Operation } from "../openapi/operation.ts";
import { createSettler, type Settler } from "../transport/settle.ts";
import { SchemaCompiler } from "../validation/index.ts";
import { administrationGates } from "./compose/administration.ts";
import { preflightGates } from "./compose/cors.ts";
import type { Credentials } from "./compose/declared-fields.ts";
import type { FollowedLists } from "./compose/followed-lists.ts";
import { bindForwarding, carryingFields, droppedFields } from "./compose/forward.ts";
import { GuardShelf } from "./compose/guards.ts";
import { type GateParts, operationGate, undeclaredGates } from "./compose/gates.ts";
import { IDENTITY_SECRETS, identityRoutes, judgeIdentity } from "./compose/identity-gates.ts";
import { judgeIdleValidation } from "./compose/idle-validation.ts";
import { Judgement } from "./compose/judgement.ts";
import { noteMonitoredAuthentication, noteWeaknesses } from "./compose/notices.ts";
import { operationPolicy, type OperationPolicy } from "./compose/operation-policy.ts";
import { type PlannedGuard, type PlannedWithholding, planOf, withholdingOf } from "./compose/plan.ts";
import { openOutlets } from "./compose/outlets.ts";
import { CompiledPolicy } from "./compose/policy.ts";
import type { ComposePorts, Say } from "./compose/ports.ts";
import { judgeLevel } from "./compose/level.ts";
import { openSanctions, sparedOf } from "./compose/sanctioning.ts";
import { bindRoles, judgeAuthorization } from "./compose/roles.ts";
import { bindSchemes, type BoundSchemes } from "./compose/schemes.ts";
import { selectOverrides } from "./compose/selectors.ts";
import { settlerOptions } from "./compose/settling.ts";
import { noteWatchedOperations } from "./compose/watched-operations.ts";
import { verifySchemas } from "./compose/verification.ts";
import type { Survivors } from "./compose/survivors.ts";
import { InputDigest } from "./compose/version.ts";
import type { LoadedSettings } from "./load.ts";
import type { SanctionKeeper } from "./sanctions/sanction-keeper.ts";
import type { Settings } from "./settings.ts";

export type { PlannedGuard, PlannedWithholding } from "./compose/plan.ts";
export { type ComposePorts, offlinePorts, systemPorts } from "./compose/ports.ts";

export interface Plans {
  /** What each guard of an operation's gate does, in its order; worked out when asked. */
  get(operationId: string): readonly PlannedGuard[] | undefined;
  /** Fields with credentials that the API does not get; undefined where it gets all. */
  withheld(operationId: string): PlannedWithholding | undefined;
  /** The same for requests that no operation matches. */
  undeclared(what: "operation" | "method"): readonly PlannedGuard[];
}

export interface Composition {
  readonly policy: Policy;
  readonly settings: Settings;
  readonly api: ApiDescription;
  readonly plans: Plans;
  /** What holds for each operation, document and settings together. */
  readonly policies: ReadonlyMap<Operation, OperationPolicy>;
  /** Warnings and advice: nothing that stops. */
  readonly notices: readonly Problem[];
  readonly keySources: readonly KeySource[];
  readonly recorder: AuditRecorder;
  /** These go with the recorder. */
  readonly metrics: Metrics;
  readonly detector: Detector;
  /** Who is held back for a time; undefined where nobody ever is. */
  readonly sanctions: SanctionKeeper | undefined;
  readonly settle: Settler;
  /** What the API verifies our tokens about callers with. */
  readonly callerJwks: { readonly keys: readonly object[] } | undefined;
  /** What the built-in authorization server revoked: whoever follows it feeds this. */
  readonly revoked: MemoryDenyList;
  /** Files that are followed where no other policy takes the place of this one. */
  readonly lists: FollowedLists;
  /** For the policy that takes the place of this one. */
  readonly survivors: Survivors;
  /** Ends the key sources and the recorder. */
  close(): Promise<void>;
}

/**
 * Throws ProblemsError with everything that is wrong. Nothing is fetched before a key source is asked. With a policy
 * `before`, whose settings of `monitoring` must be the same, what outlives it is taken over; it may go on meanwhile.
 */
export async function compose(loaded: LoadedSettings, given: ComposePorts, before?: Composition): Promise<Composition> {
  const { settings } = loaded;
  const digest = new InputDigest();
  const set = await loadDocument(loaded, given, digest);
  const api = describeApi(set);
  const judgement = new Judgement(loaded, api);
  const sanctions = before?.sanctions ?? (await openSanctions(judgement, given));
  const ports: ComposePorts = { ...given, sanctions };
  const late: { recorder?: AuditRecorder } = {};
  const readText = digest.reading(ports.readText);
  const say: Say = (event) => late.recorder?.system(event);
  const schemes = await bindSchemes(judgement, { ...ports, readText }, say, before?.survivors);
  const forwarding = await bindForwarding(judgement, { ...ports, readText });
  const policies = operationPolicies(judgement, schemes);
  const roles = bindRoles(judgement);
  for (const policy of policies.values()) {
    judgeLevel(policy, schemes.settings, judgement);
    judgeAuthorization(policy, schemes.settings, judgement);
  }
  const settle = judgement.attempt({ settings: ["transport", "trustedProxies"] }, () =>
    createSettler(settlerOptions(judgement)),
  );
  const schemas = new SchemaCompiler(set);
  verifySchemas(policies, schemas, judgement);
  noteWeaknesses(policies, judgement);
  judgeIdentity(judgement);
  const broken = judgement.problems.some((problem) => problem.severity === "error");
  if (broken || settle === undefined) {
    schemes.closeNew();
    throw new ProblemsError([...loaded.warnings, ...api.warnings, ...judgement.problems]);
  }
  const parts: GateParts = {
    api,
    settings,
    schemas,
    guards: new GuardShelf(settings, ports, schemes.authenticators, roles, forwarding),
    credentials: {
      dropped: droppedFields(judgement, schemes.settings),
      carriers: carryingFields(judgement, schemes.settings),
      settings: schemes.settings,
    },
  };
  const gates = new Map<Operation, Gate>();
  for (const [operation, policy] of policies) gates.set(operation, operationGate(policy, parts));
  const undeclared = undeclaredGates(parts);
  const preflights = preflightGates(policies, gates, parts);
  const documents: Survivors["documents"] = before?.survivors.documents ?? new WeakMap();
  const known = { keys: schemes.keys, verified: before?.survivors.verified ?? new Map(), documents };
  const administration = await administrationGates(loaded, ports, say, known).catch((error: unknown) => {
    schemes.closeNew();
    throw error;
  });
  const identity =
    settings.identity === undefined
      ? []
      : [...identityRoutes(settings.identity, parts), ...(administration?.routes ?? [])];
  const served = [...gates.keys(), ...identity.flatMap(({ gate }) => gate.operation ?? [])];
  noteWatchedOperations(
    judgement,
    served.map(({ id }) => id),
  );
  for (const described of [api, ...(administration === undefined ? [] : [administration.api])])
    for (const operation of described.operations) documents.set(operation, described.set);
  const metrics = before?.metrics ?? new Metrics();
  const detector = before?.detector ?? new Detector(settings.monitoring.detections);
  const recorder =
    before?.recorder ?? (await openRecorder(judgement, ports, schemes, documents, { metrics, detector }));
  recorder.serve(api.title);
  late.recorder = recorder;
  if (sanctions !== undefined) sanctions.spared = sparedOf(settings);
  if (before?.sanctions === undefined && sanctions !== undefined && ports.keepsSanctions) {
    sanctions.connect(say, () => recorder.flush());
    detector.respondBy(sanctions.respond);
  }
  const keys = new Map([...schemes.keys, ...(administration?.schemes.keys ?? [])]);
  const verified = new Map([...schemes.verified, ...(administration?.schemes.verified ?? [])]);
  const keySources = [...keys.values()];
  return {
    policy: new CompiledPolicy({
      version: digest.version(loaded),
      gates,
      preflights,
      identity,
      sampler: settings.monitoring.traces && new TraceSampler(settings.monitoring.traces, ports.clock),
      undeclared,
    }),
    settings,
    api,
    plans: plansOf(policies, gates, undeclared, parts.credentials, judgement),
    policies,
    notices: [...loaded.warnings, ...api.warnings, ...judgement.problems],
    keySources,
    recorder,
    metrics,
    detector,
    sanctions,
    settle,
    callerJwks: forwarding?.jwks,
    revoked: ports.revoked,
    lists: schemes.lists,
    survivors: { keys, verified, documents },
    close: async () => {
      for (const source of keySources) source.close();
      ports.close();
      await sanctions?.close();
      await recorder.close();
      metrics.close();
    },
  };
}

async function loadDocument(loaded: LoadedSettings, ports: ComposePorts, digest: InputDigest): Promise<DocumentSet> {
  try {
    return await DocumentSet.load(loaded.settings.openapi, digest.reading(ports.readText), ports.realPath);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    throw new ProblemsError(error.problems.map((problem) => atItsKey(problem, loaded)));
  }
}

/** A document that is not there has no line of its own: the key that names it has. */
function atItsKey(problem: Problem, loaded: LoadedSettings): Problem {
  const isMissing = problem.rule === "openapi.file-unreadable" && problem.position?.file === loaded.settings.openapi;
  if (isMissing)
    return { ...problem, rule: "configuration.document-unreadable", position: loaded.position(["openapi"]) };
  return problem.position === undefined ? { ...problem, position: loaded.position(["openapi"]) } : problem;
}

/** Sinks are opened last: nothing else can fail once they are there. */
async function openRecorder(
  judgement: Judgement,
  ports: ComposePorts,
  schemes: BoundSchemes,
  documents: Survivors["documents"],
  watching: { readonly metrics: Metrics; readonly detector: Detector },
): Promise<AuditRecorder> {
  const { hashKey } = judgement.settings.monitoring;
  const { sinks, delivery } = await openOutlets(judgement, ports).catch((error: unknown) => {
    schemes.closeNew();
    throw error;
  });
  return createRecorder({
    sinks,
    delivery,
    clock: ports.clock,
    ...watching,
    ...(hashKey === undefined ? {} : { hashKey }),
    sensitiveParameters: (operation) => {
      const set = documents.get(operation);
      return set === undefined ? IDENTITY_SECRETS : sensitiveParameters(operation as Operation, set);
    },
  });
}

function operationPolicies(judgement: Judgement, { silent }: BoundSchemes): ReadonlyMap<Operation, OperationPolicy> {
  const { api, settings } = judgement;
  const overrides = selectOverrides(judgement);
  const policies = new Map<Operation, OperationPolicy>();
  for (const operation of api.operations) {
    policies.set(operation, operationPolicy(operation, settings, overrides.get(operation) ?? [], silent));
  }
  judgeSilence(judgement);
  judgeIdleValidation(overrides, judgement);
  noteMonitoredAuthentication(policies, overrides, judgement);
  return policies;
}

/** The document says nothing and nobody else does: open would be a guess, closed would be one too. */
function judgeSilence(judgement: Judgement): void {
  const silent = judgement.api.operations.filter((operation) => operation.security === undefined);
  const [first] = silent;
  const { settings } = judgement;
  const isAnswered = settings.authentication.default !== undefined || settings.authentication.schemes.has("*");
  if (first === undefined || isAnswered) return;
  const count = silent.length === 1 ? `${first.id} says` : `${silent.length} operations say`;
  const message = `${count} nothing about security, and nothing says what they ask for`;
  const remedy =
    "Start with --issuer and --audience, or set `authentication.default`, or write `security: []` in the document where an operation is public.";
  if (settings.observe)
    judgement.warn("security-silent", { document: first.at }, `${message}: they cannot be judged`, remedy);
  else judgement.error("security-silent", { document: first.at }, message, remedy);
}

function plansOf(
  policies: ReadonlyMap<Operation, OperationPolicy>,
  gates: ReadonlyMap<Operation, Gate>,
  undeclared: { readonly operation: Gate; readonly method: Gate },
  credentials: Credentials,
  judgement: Judgement,
): Plans {
  const find = (id: string) => [...policies].find(([{ id: known }]) => known === id);
  return {
    get(id) {
      const [operation, policy] = find(id) ?? [];
      return operation === undefined ? undefined : planOf(gates.get(operation) as Gate, policy, judgement);
    },
    withheld(id) {
      const [operation, policy] = find(id) ?? [];
      if (operation === undefined || policy === undefined) return undefined;
      return withholdingOf(gates.get(operation) as Gate, policy, credentials, judgement);
    },
    undeclared: (what) => planOf(undeclared[what], undefined, judgement),
  };
}
