import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RECEIVER_COMMAND } from '../receiver/src/command.ts';
import { doorSettingsSchema } from '../sfu/src/door/config.ts';
import { pumpSettingsSchema, readPumpConfig } from '../sfu/src/pump/config.ts';
import {
  DOCKER,
  interpolate,
  readCompose,
  readText,
  readYaml,
  ROOT,
  type Service,
  variablesOf,
} from './test/compose-file.ts';
import { execForm, lastOf, lineageOf, readStages } from './test/docker-file.ts';

/** There is no container engine where the tests run: what can be known without one is checked here. */

const FILES = ['compose.yaml', 'compose.two-nodes.yaml', 'compose.node.yaml'] as const;
const TARGETS = ['pump', 'door', 'studio', 'receiver'] as const;
const stages = readStages();
const example = parseEnv(readText('docker', '.env.example')) as Record<string, string>;
const settings = parseEnv(readText('.env.example')) as Record<string, string>;

/** Filled in as the guide says. */
const FILLED = {
  ...example,
  ...Object.fromEntries(
    Object.keys(example).flatMap((name) => (/PASSWORD|_TOKEN/.test(name) ? [[name, 'a1'.repeat(24)]] : [])),
  ),
  SFU_MEDIA_ANNOUNCED_ADDRESS: '192.0.2.1',
  NODE_ID: 'a',
  NODE_ADDRESS: '10.0.0.1',
  SHARED_ADDRESS: '10.0.0.2',
};

const SCHEMAS: Readonly<Record<string, z.ZodObject>> = { pump: pumpSettingsSchema, door: doorSettingsSchema };
/** HOST and PORT are read by the web server that SvelteKit builds. */
const STUDIO_SETTINGS = ['STUDIO_DOOR_URL', 'STUDIO_OTHER_DOOR_URLS', 'HOST', 'PORT'];

const servicesOf = (file: string) => Object.entries(readCompose(file).services);
const ours = (file: string) => servicesOf(file).filter(([, { build }]) => build !== undefined);
const needs = ({ depends_on: needed }: Service) =>
  Object.entries(Array.isArray(needed) ? {} : needed).map(([name, { condition }]) => ({ name, condition }));

describe.each(FILES)('%s', (file) => {
  const compose = readCompose(file);

  it.each(ours(file))('%s has settings that its process takes', (_, { build, environment }) => {
    const schema = SCHEMAS[build?.target ?? ''];
    const known = schema ? Object.keys(schema.shape) : STUDIO_SETTINGS;
    expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
    const given = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, interpolate(value, FILLED)]),
    );
    if (schema) expect(schema.safeParse({ ...given }).error).toBeUndefined();
  });

  it('takes from its environment what .env.example names, and no secret has a default', () => {
    for (const { name, fallback } of variablesOf(readText('docker', file))) {
      expect(Object.keys(example)).toContain(name);
      if (/PASSWORD|TOKEN|SECRET/.test(name)) expect([null, '']).toContain(fallback);
      // One default in two places is one that differs some day.
      else if (fallback !== null) expect([name, fallback]).toEqual([name, example[name]]);
    }
  });

  it.each(servicesOf(file))('%s cannot write outside its volumes, nor gain rights', (_, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.tmpfs).toContain('/tmp');
  });

  it.each(servicesOf(file))('%s waits for services that can say that they are well', (_, service) => {
    for (const { name, condition } of needs(service)) {
      const needed = compose.services[name];
      expect(needed, name).toBeDefined();
      const own = needed?.healthcheck && needed.healthcheck.disable !== true;
      const ofImage = /CMD/.test(lastOf(stages, needed?.build?.target ?? '', 'HEALTHCHECK') ?? '');
      if (condition === 'service_healthy') expect(own || ofImage, `${name} has no health check`).toBe(true);
    }
  });

  it('names only networks, volumes, secrets and files that there are', () => {
    for (const [name, { networks, volumes, secrets, command }] of servicesOf(file)) {
      for (const network of Array.isArray(networks) ? networks : Object.keys(networks))
        expect(compose.networks, name).toHaveProperty(network);
      for (const [from = ''] of volumes.map((volume) => volume.split(':')))
        if (from.startsWith('.')) expect(existsSync(join(DOCKER, from)), from).toBe(true);
        else expect(compose.volumes, name).toHaveProperty(from);
      for (const secret of secrets) expect(compose.secrets, name).toHaveProperty(secret);
      if (command?.[0] === 'node') expect(existsSync(join(ROOT, command[1] ?? '')), command[1]).toBe(true);
    }
  });

  it.each(ours(file).filter(([, { build }]) => build?.target === 'pump'))(
    'the media ports of %s are published, for as many workers as .env.example allows',
    (_, { environment, ports }) => {
      const first = Number(environment['SFU_MEDIA_PORT']);
      const range = `${first}-${first + 3}`;
      expect(ports.slice(0, 2)).toEqual([`${range}:${range}/udp`, `${range}:${range}/tcp`]);
    },
  );

  it('no two services publish the same port', () => {
    const published = servicesOf(file).flatMap(([, { ports }]) =>
      ports.map((port) => `${interpolate(port, FILLED).split(':').at(-2)}${/\/udp$/.exec(port)?.[0] ?? '/tcp'}`),
    );
    expect(new Set(published).size).toBe(published.length);
  });
});

describe('one host of several', () => {
  const { pump, door, studio, postgres, redis } = readCompose('compose.node.yaml').services;
  const filled = (service: Service | undefined) =>
    Object.fromEntries(
      Object.entries(service?.environment ?? {}).map(([name, value]) => [name, interpolate(value, FILLED)]),
    );
  const published = (service: Service | undefined) => service?.ports.map((port) => interpolate(port, FILLED));

  it('publishes the ports of the lines to the others on its private address, as many as the pump uses', () => {
    const { ports } = readPumpConfig(filled(pump)).node;
    expect(published(pump)?.slice(2)).toEqual([`10.0.0.1:${ports?.min}-${ports?.max}:${ports?.min}-${ports?.max}/udp`]);
  });

  it('its door is reached by the others where it says, and nowhere else', () => {
    expect(filled(door)['SFU_NODE_DOOR_URL']).toBe('http://10.0.0.1:3001');
    expect(published(door)).toEqual(['10.0.0.1:3001:3001']);
    expect([pump, door].map((service) => service?.environment['SFU_NODE_ID'])).toEqual(
      Array.from({ length: 2 }, () => pump?.environment['SFU_NODE_ID']),
    );
  });

  it('its pages know its own door and, where they are named, those of the other hosts (ND11)', () => {
    const others = 'https://b.example,https://c.example';
    const pages = Object.entries(studio?.environment ?? {}).map(([name, value]) => [
      name,
      interpolate(value, { ...FILLED, OTHER_DOOR_URLS: others }),
    ]);
    expect(Object.fromEntries(pages)).toMatchObject({
      STUDIO_DOOR_URL: example['SFU_PUBLIC_URL'],
      STUDIO_OTHER_DOOR_URLS: others,
    });
    expect(filled(studio)['STUDIO_OTHER_DOOR_URLS']).toBe('');
  });

  it('Redis and PostgreSQL are where all hosts look for them, and run only where they are asked for', () => {
    expect(new URL(filled(pump)['REDIS_URL'] ?? '').host).toBe('10.0.0.2:6379');
    expect(new URL(filled(door)['DATABASE_URL'] ?? '').host).toBe('10.0.0.2:5432');
    expect([published(redis), published(postgres)]).toEqual([['10.0.0.2:6379:6379'], ['10.0.0.2:5432:5432']]);
    for (const service of [redis, postgres]) expect(service?.profiles).toEqual(['shared']);
  });
});

describe('the compose files of one machine', () => {
  it('have the same database', () => {
    const [one, two] = FILES.map((file) => readCompose(file).services);
    for (const name of ['postgres', 'prepare'] as const) expect(two?.[name]).toEqual(one?.[name]);
  });

  it('Redis writes a file each second and throws nothing away', () => {
    const config = readText('docker', 'redis.conf');
    for (const line of ['appendonly yes', 'appendfsync everysec', 'maxmemory-policy noeviction'])
      expect(config.split('\n')).toContain(line);
  });

  it('two nodes have names, lines and data of their own', () => {
    const { services } = readCompose('compose.two-nodes.yaml');
    for (const name of ['SFU_NODE_ID', 'SFU_NODE_ANNOUNCED_ADDRESS', 'SFU_MEDIA_PORT'])
      expect(services['pump-a']?.environment[name]).not.toBe(services['pump-b']?.environment[name]);
    for (const id of ['a', 'b']) {
      // In the logs of both.
      expect(services[`door-${id}`]?.environment['SFU_NODE_ID']).toBe(
        services[`pump-${id}`]?.environment['SFU_NODE_ID'],
      );
      expect(services[`pump-${id}`]?.volumes).toEqual(services[`door-${id}`]?.volumes);
      expect(services[`pump-${id}`]?.volumes).toEqual([`data-${id}:/data`]);
    }
  });

  it('.env.example has nothing that nobody asks for, and names settings as the other one does', () => {
    const used = new Set(FILES.flatMap((file) => variablesOf(readText('docker', file))).map(({ name }) => name));
    expect(Object.keys(example).sort()).toEqual([...used].sort());
    for (const name of Object.keys(example).filter((name) => /^(SFU_|LOG_)/.test(name)))
      expect(settings).toHaveProperty(name);
  });
});

describe('Dockerfile', () => {
  it('has one image for each process, all from one base of slim Debian with the Node that Loa wants', () => {
    const { engines } = JSON.parse(readText('package.json')) as { engines: { node: string } };
    const base = /ARG NODE_IMAGE=(\S+)/.exec(readText('docker', 'Dockerfile'))?.[1];
    expect(base).toBe(`node:${engines.node.replace('>=', '')}-bookworm-slim`);
    for (const target of TARGETS) expect(lineageOf(stages, target)[0]?.name).toBe('base');
  });

  it.each(TARGETS)('%s runs as an ordinary user, and its commands are there', (target) => {
    expect(lastOf(stages, target, 'USER')).toBe('node');
    const check = lastOf(stages, target, 'HEALTHCHECK');
    const command = execForm(lastOf(stages, target, 'CMD')).filter((word) => !word.startsWith('--'));
    expect(command).toHaveLength(2);
    for (const [program, script = ''] of check === 'NONE' ? [command] : [command, execForm(check)]) {
      expect(program).toBe('node');
      // The studio is built in a stage of its own.
      const isBuilt = script.startsWith('studio/build/');
      expect(isBuilt || existsSync(join(ROOT, script)), script).toBe(true);
    }
  });

  it('a receiver is started as everywhere', () => {
    expect(execForm(lastOf(stages, 'receiver', 'CMD'))).toEqual(['node', ...RECEIVER_COMMAND]);
  });

  it('LV5: the main process of a pump is its guard, which ends with a pump that hangs, and is then started again', () => {
    expect(execForm(lastOf(stages, 'pump', 'CMD'))).toEqual(['node', 'sfu/src/guard/main.ts']);
    for (const [name, { build, restart }] of FILES.flatMap(ours))
      if (build?.target === 'pump') expect([name, restart]).toEqual([name, 'always']);
  });

  it('copies only what there is, from stages that come before', () => {
    for (const [index, { instructions }] of stages.entries())
      for (const { word, rest } of instructions) {
        if (word !== 'COPY') continue;
        const words = rest.split(/\s+/);
        const from = /^--from=(.+)$/.exec(words[0] ?? '')?.[1];
        if (from) expect(stages.slice(0, index).map(({ name }) => name)).toContain(from);
        else for (const source of words.slice(0, -1)) expect(existsSync(join(ROOT, source)), source).toBe(true);
      }
  });

  it('what is copied is not left out of the build', () => {
    const kept = readText('docker', 'Dockerfile.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const copied = stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ word, rest }) => word === 'COPY' && !rest.startsWith('--from'))
      .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));
    for (const source of copied) expect(kept).toContain(source.split('/')[0]);
  });

  it('npm sees every workspace', () => {
    const { workspaces } = JSON.parse(readText('package.json')) as { workspaces: string[] };
    const manifests = lineageOf(stages, 'manifests').flatMap(({ instructions }) =>
      instructions.map(({ rest }) => rest),
    );
    for (const workspace of workspaces) expect(manifests).toContain(`${workspace}/package.json ${workspace}/`);
  });
});

describe('Prometheus', () => {
  it('reads the doors of the two nodes with a token from a file', () => {
    const config = z
      .object({
        rule_files: z.array(z.string()),
        scrape_configs: z.array(
          z.looseObject({
            job_name: z.string(),
            authorization: z.object({ credentials_file: z.string() }),
            static_configs: z.array(z.object({ targets: z.array(z.string()) })),
          }),
        ),
      })
      .loose()
      .parse(readYaml('docker', 'prometheus', 'prometheus.yaml'));
    const { services, secrets } = readCompose('compose.two-nodes.yaml');
    const [job] = config.scrape_configs;
    expect(config.rule_files).toEqual(['alerts.yaml']);
    expect(Object.keys(secrets)).toContain(job?.authorization.credentials_file.replace('/run/secrets/', ''));
    const doors = Object.entries(services).filter(([, { build }]) => build?.target === 'door');
    const targets = doors.flatMap(([name, { environment }]) =>
      environment['SFU_PORT'] ? [`${name}:${environment['SFU_PORT']}`] : [],
    );
    expect(job?.static_configs[0]?.targets).toEqual(targets);
  });
});

it('every YAML file of this folder is YAML', () => {
  for (const path of [
    'prometheus/prometheus.yaml',
    'prometheus/alerts.yaml',
    'grafana/provisioning/datasources/loa.yaml',
    'grafana/provisioning/dashboards/loa.yaml',
  ])
    expect(readYaml('docker', path)).toBeTypeOf('object');
});
