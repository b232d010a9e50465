import { expect, test } from 'vitest';
import { parseBoxes, splitBox } from './boxes.ts';

test('a box may be named with its place', () => {
  expect(splitBox('generic/alpine319')).toEqual({ name: 'generic/alpine319' });
  expect(splitBox('mine/debian ../my boxes/debian.box')).toEqual({
    name: 'mine/debian',
    place: '../my boxes/debian.box',
  });
});

test('boxes are read from what Vagrant prints for programs', () => {
  const output = [
    '1795285104,,ui,info,generic/alpine319 (libvirt%!(VAGRANT_COMMA) 4.3.12%!(VAGRANT_COMMA) (amd64))',
    '1795285104,,box-name,generic/alpine319',
    '1795285104,,box-provider,libvirt',
    '1795285104,,box-version,4.3.12',
    '1795285104,,box-architecture,amd64',
    '1795285104,,ui,info,a/b (virtualbox%!(VAGRANT_COMMA) 0)',
    '1795285104,,box-name,a/b',
    '1795285104,,box-provider,virtualbox',
    '1795285104,,box-version,0',
  ].join('\n');
  expect(parseBoxes(output)).toEqual([
    { name: 'generic/alpine319', provider: 'libvirt', version: '4.3.12' },
    { name: 'a/b', provider: 'virtualbox', version: '0' },
  ]);
  expect(parseBoxes('1795285104,,ui,warn,There are no installed boxes!')).toEqual([]);
});
