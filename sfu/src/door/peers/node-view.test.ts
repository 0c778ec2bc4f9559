import { describe, expect, it } from 'vitest';
import type { PeerNode } from '../../link/peer-nodes.ts';
import { createNodeView, doorsOf } from './node-view.ts';

const node = (name: string, rest: Partial<PeerNode> = {}): PeerNode => ({
  node: name,
  door: { publicUrl: `http://${name}`, nodeUrl: `http://${name}.internal` },
  draining: false,
  full: false,
  away: false,
  ...rest,
});

describe('ND3: doors that receivers are told', () => {
  it('are those of nodes that take receivers, each once, without the own one', () => {
    const nodes = [
      node('a'),
      node('b', { draining: true }),
      node('c', { full: true }),
      node('d', { door: null }),
      node('e'),
      node('f', { door: { publicUrl: 'http://e', nodeUrl: 'http://f.internal' } }),
      node('own'),
    ];
    expect(doorsOf(nodes, 'http://own')).toEqual(['http://a', 'http://e']);
  });

  it('are those of nodes that have the log; where there is none, of those without', () => {
    const nodes = [node('a', { away: true }), node('b')];
    expect(doorsOf(nodes, 'http://own')).toEqual(['http://b']);
    expect(doorsOf(nodes.slice(0, 1), 'http://own')).toEqual(['http://a']);
  });

  it('are told again only when they are others', () => {
    let told = 0;
    const view = createNodeView({ ownUrl: () => 'http://own', isSilent: () => false, onDoors: () => (told += 1) });
    view.follow([node('a')]);
    view.follow([node('a'), node('b', { draining: true })]);
    expect(told).toBe(1);
    view.follow([node('a'), node('b')]);
    expect(told).toBe(2);
  });
});

describe('ND5: a node that is being emptied', () => {
  it('refuses new receivers and says where to go; with nowhere to go it takes them', () => {
    const view = createNodeView({ ownUrl: () => 'http://own', isSilent: () => false, onDoors: () => undefined });
    view.follow([node('a')]);
    expect(view.refusal()).toBeNull();
    view.drain(true);
    expect(view.refusal()?.toProblem()).toMatchObject({ code: 'unavailable', details: { doors: ['http://a'] } });
    view.follow([]);
    expect(view.refusal()).toBeNull();
  });
});

describe('ND5, ND6, ND15: a node without the log', () => {
  it('is nowhere to go from one that is being emptied, or has more receivers; from one without sound it is', () => {
    let silent = false;
    let told = 0;
    const options = { ownUrl: () => 'http://own', isSilent: () => silent, onDoors: () => void (told += 1) };
    const view = createNodeView(options);
    view.follow([node('a')]);
    view.drain(true);
    expect([view.refusal() !== null, told]).toEqual([true, 1]);
    view.follow([node('a', { away: true })]);
    expect([view.refusal(), view.notice().leave, view.openNodes(), told]).toEqual([null, null, [], 2]);
    silent = true;
    expect(view.refusal()?.toProblem()).toMatchObject({ details: { doors: ['http://a'] } });
  });
});

describe('ND11, ND13: what pages are told', () => {
  it('is where they may go, and that they leave when they are free; a second order and a silent pump wait for nobody', () => {
    let silent = false;
    const view = createNodeView({ ownUrl: () => 'http://own', isSilent: () => silent, onDoors: () => undefined });
    view.drain(true);
    expect(view.notice()).toEqual({ doors: [], leave: null });
    view.follow([node('a')]);
    expect(view.notice()).toEqual({ doors: ['http://a'], leave: 'when-free' });
    view.drain(true);
    expect(view.notice().leave).toBe('now');
    view.drain(false);
    expect(view.notice().leave).toBeNull();
    view.drain(true);
    expect(view.notice().leave).toBe('when-free');
    silent = true;
    expect(view.notice().leave).toBe('now');
  });
});

describe('ND6: a node whose pump is silent', () => {
  it('refuses new receivers while it is, and says where to go; with nowhere to go it takes them', () => {
    let silent = true;
    const view = createNodeView({ ownUrl: () => 'http://own', isSilent: () => silent, onDoors: () => undefined });
    expect(view.refusal()).toBeNull();
    view.follow([node('a')]);
    expect(view.refusal()?.toProblem()).toMatchObject({ code: 'unavailable', details: { doors: ['http://a'] } });
    silent = false;
    expect(view.refusal()).toBeNull();
  });
});
