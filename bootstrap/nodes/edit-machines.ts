import { type Document, isMap, isSeq, parseDocument, type YAMLSeq } from 'yaml';
import { UserError } from '../lib/errors.ts';
import type { MachineSettings } from '../settings/cluster-settings.ts';

/**
 * Adds an agent to the text of a cluster.yaml; comments and everything else stay as they are.
 *
 * @returns the text with the agent, the same text where it is there already
 * @throws UserError when the text is no YAML with a list of agents
 */
export function addAgent(text: string, { name, address }: MachineSettings): string {
  const document = parseDocument(text);
  const agents = agentsOf(document);
  if (agents.items.some((item) => isMap(item) && item.get('name') === name)) return text;
  agents.add(document.createNode({ name, address }, { flow: true }));
  return document.toString({ lineWidth: 0 });
}

/** As {@link addAgent}, removing the agent of this name; the same text where there is none. */
export function removeAgent(text: string, name: string): string {
  const document = parseDocument(text);
  const agents = agentsOf(document);
  const index = agents.items.findIndex((item) => isMap(item) && item.get('name') === name);
  if (index < 0) return text;
  agents.delete(index);
  // An empty list in block style would be written as nothing at all.
  if (agents.items.length === 0) agents.flow = true;
  return document.toString({ lineWidth: 0 });
}

function agentsOf(document: Document): YAMLSeq {
  const agents = document.getIn(['machines', 'agents']);
  if (document.errors.length === 0 && isSeq(agents)) return agents;
  throw new UserError('cluster.yaml has no list machines.agents.', 'docs/settings.md shows how it looks.');
}
