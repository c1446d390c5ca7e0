// The head of a rule that counts two of what its selection `sel` takes, by address.
export const RULE = `title: T
id: 5d2f4a0e-52c6-4f0e-9b1e-0d5b6d6ff001
name: mine
description: D.
level: high
falsepositives: [None.]
correlation:
  type: event_count
  rules: [sel]
  group-by: [client.address]
  timespan: 10m
  condition: { gte: 2 }
`;
