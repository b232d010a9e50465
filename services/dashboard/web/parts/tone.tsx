import type { Tone } from '../../src/view/view.ts';

const marks: Readonly<Record<Tone, readonly [mark: string, word: string]>> = {
  good: ['✓', 'well'],
  busy: ['…', 'on its way'],
  bad: ['!', 'needs a look'],
  unknown: ['?', 'not known'],
};

/** How something is: by colour, by sign, and by word for those who hear the page. */
export function ToneMark({ tone }: { readonly tone: Tone }) {
  const [mark, word] = marks[tone];
  return (
    <span class={`mark ${tone}`}>
      <span aria-hidden="true">{mark}</span>
      <span class="heard">{word}</span>
    </span>
  );
}
