// Actions of the workflow, by the full hash of the commit: a tag can be moved to another one, a hash cannot.

/** As GitHub's own machines have it in `uses`, with the version for people and for tools that renew it. */
export const ACTIONS = {
  checkout: "actions/checkout@34e114876b0b11c390a56381ad16ebd13914f8d5 # v4.3.1",
  setupNode: "actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0",
  setupPnpm: "pnpm/action-setup@a7487c7e89a18df4991f7f222e4898a00d66ddda # v4.1.0",
  cache: "actions/cache@5a3ec84eff668545956fd18022155c47e93e2684 # v4.2.3",
  uploadArtifact: "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2",
  downloadArtifact: "actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0",
  uploadSarif: "github/codeql-action/upload-sarif@ff0a06e83cb2de871e5a09832bc6a81e7276941f # v3.28.18",
  script: "actions/github-script@60a0d83039c74a4aee543508d2ffcb1c3799cdea # v7.0.1",
} as const;

/** Semgrep has no action that needs no account: it comes from PyPI. */
export const SEMGREP_VERSION = "1.185.0";
