// A policy that is broken in one way: what a gate would be if somebody had made that mistake.
import type { Composition, ComposePorts } from "../../../src/configuration/compose.ts";
import type { LoadedSettings } from "../../../src/configuration/load.ts";

export interface Mutant {
  /** `getOrder: authorization without its guard`; stable, as docs/security-testing.md shows it. */
  readonly name: string;
  /** The operations that it breaks; undefined where it is the whole API. */
  readonly operations: readonly string[] | undefined;
  /** Each leaves out what it does not break. The settings are those that the gate is started with. */
  readonly settings?: (loaded: LoadedSettings) => LoadedSettings;
  readonly ports?: (ports: ComposePorts) => ComposePorts;
  readonly composition?: (composition: Composition) => Composition;
  /** Changes the text of the OpenAPI document that the gate reads. */
  readonly document?: (text: string) => string;
}
