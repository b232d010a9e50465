import type { ServiceImage } from '../artifacts/service-images.ts';
import { COMPONENTS } from '../cluster-folder/components.ts';
import { UserError } from '../lib/errors.ts';

/**
 * The images of the services that a person named, each once.
 *
 * @throws UserError that lists the services there are, when a name is none of them
 */
export function chooseImages(all: readonly ServiceImage[], names: readonly string[]): ServiceImage[] {
  const unknown = names.filter((name) => !all.some((image) => image.name === name));
  if (unknown.length === 0) return all.filter(({ name }) => names.includes(name));
  const hints = unknown.flatMap((name) => {
    const component = COMPONENTS.find((one) => one.name === name);
    return component?.image ? [` ${name} runs the image of ${component.image}.`] : [];
  });
  throw new UserError(
    `There is no service ${unknown.map((name) => `\`${name}\``).join(', ')} in services/.`,
    `Services: ${all.map(({ name }) => name).join(', ')}.${hints.join('')}`,
  );
}
