// Which files hold source of ours that a test of source reads.

export const SOURCE_FILE = /(?<!\.d)\.(?:[cm]?[jt]s|[jt]sx)$/;
