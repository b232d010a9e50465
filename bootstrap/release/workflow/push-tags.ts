import { isPublished } from '../published-images.ts';
import { pushTags } from '../push-tags.ts';
import { runScript } from './run-script.ts';

const description = 'Commits and pushes the tags of all images that the registry has, in every cluster.';

await runScript('push-tags', description, async ({ shell, clone, host, registry, branch, print }) => {
  const commit = await pushTags({
    shell,
    clone,
    remote: 'origin',
    branch,
    registry: host,
    isPublished: (image) => isPublished(registry, host, image),
  });
  print(commit ? `${branch} is at ${commit}.` : `Nothing to push: all tags on ${branch} are right.`);
});
