// The card of one agent: what it can do, where it is asked, and what it takes to be let in. Open to everybody, so nothing in it is secret.
// One document for both revisions: what 0.3 looks for lies beside the members of 1.0, which ignores what it does not know.
import { AgentCard } from '@a2a-js/sdk';
import type { AgentReport } from '../../actors/agent/agent-report.ts';

export const A2A_VERSION = '1.0';
export const A2A_LEGACY_VERSION = '0.3';

export interface CardPlace {
  /** Of the agent's own door, as the asker named it. */
  readonly origin: string;
  readonly version: string;
}

type Described = Pick<AgentReport, 'name' | 'title' | 'capabilities' | 'driver'>;

const DATA = 'application/json';

export function agentCard({ name, title, capabilities, driver }: Described, { origin, version }: CardPlace): AgentCard {
  const url = `${origin}/`;
  return {
    name,
    description: `${title}. Takes the steps of a task as data: {"steps": [{"bash": "npm test"}], "workspace": "/path"}; every step passes the gate. Driver: ${driver}.`,
    supportedInterfaces: [A2A_VERSION, A2A_LEGACY_VERSION].map((protocolVersion) => ({ url, protocolBinding: 'JSONRPC', tenant: '', protocolVersion })),
    provider: undefined,
    version,
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: false, extensions: [] },
    securitySchemes: {
      bearer: {
        scheme: {
          $case: 'httpAuthSecurityScheme',
          value: { description: `a token for ${origin}, as ${origin}/.well-known/oauth-protected-resource says`, scheme: 'Bearer', bearerFormat: 'JWT' },
        },
      },
    },
    securityRequirements: [{ schemes: { bearer: { list: [] } } }],
    defaultInputModes: [DATA, 'text/plain'],
    defaultOutputModes: [DATA],
    skills: capabilities.map((capability) => ({
      id: capability,
      name: capability,
      description: `tasks that ask for '${capability}'`,
      tags: [capability],
      examples: [],
      inputModes: [],
      outputModes: [],
      securityRequirements: [],
    })),
    signatures: [],
  };
}

/** As it goes over the wire. */
export function cardDocument(card: AgentCard): object {
  const { securitySchemes, ...members } = AgentCard.toJSON(card) as { readonly securitySchemes: Readonly<Record<string, object>> };
  const schemes = Object.fromEntries(Object.entries(securitySchemes).map(([id, scheme]) => [id, { ...scheme, type: 'http', scheme: 'bearer' }]));
  const [{ url } = { url: '' }] = card.supportedInterfaces;
  return { ...members, securitySchemes: schemes, security: [{ bearer: [] }], url, preferredTransport: 'JSONRPC', protocolVersion: `${A2A_LEGACY_VERSION}.0` };
}
