import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mentionsIn } from '../../../../src/cli/suggest/hosts/mentions.ts';
import { settingsOf } from '../../../../src/cli/suggest/hosts/texts.ts';

/** `host`, `host:port`, with the form. */
const mentions = (name: string, text: string): string[] => [
  ...new Set(
    settingsOf(name, text)
      .flatMap(mentionsIn)
      .map(({ host, port, form }) => `${form} ${host}${port === undefined ? '' : `:${port}`}`),
  ),
];

const ROWS: [name: string, text: string, expected: string[]][] = [
  ['DB_URL', 'postgres://u:p@ss@db:5432/books?sslmode=off', ['Url db:5432']],
  ['X', 'mongodb://a,b.data:27018,[fd00::1]:1/x', ['Url a', 'Url b.data:27018', 'Url fd00::1:1']],
  ['X', 'jdbc:postgresql://db.data.svc.cluster.local/books', ['Url db.data.svc.cluster.local']],
  ['X', 'amqp://user:$(PASSWORD)@rabbitmq//', ['Url rabbitmq']],
  ['X', 'user:pw@tcp(db:3306)/books', ['HostPort db:3306']],
  ['X', 'a.data:1,b:2', ['HostPort a.data:1', 'HostPort b:2']],
  [
    'X',
    'wait for db.data.svc and web.shop.svc.cluster.local.',
    ['ServiceName db.data.svc', 'ServiceName web.shop.svc.cluster.local'],
  ],
  [
    'X',
    'rabbit@rabbitmq-0.rabbitmq.queue.svc.cluster.local',
    ['ServiceName rabbitmq-0.rabbitmq.queue.svc.cluster.local'],
  ],
  ['DB_HOST', 'db', ['Named db']],
  ['dbHost', 'db', ['Named db']],
  ['REDIS_HOST_NAME', 'redis', ['Named redis']],
  ['KAFKA_BROKERS', 'a, b;c', ['Named a', 'Named b', 'Named c']],
  ['UPSTREAM', 'api', ['NamedWeakly api']],
  ['ANY', 'db.data', ['Bare db.data']],
  // Not destinations, or no names of hosts at all.
  ['ANY', 'db', []],
  ['CACHE_DRIVER', 'redis', []],
  ['SERVICE_NAME', 'web', []],
  ['OTEL_SERVICE_NAME', 'web', []],
  ['DB_HOST', 'db backup of monday!', []],
  ['ALLOWED_HOSTS', 'web,web.shop.svc', []],
  ['NO_PROXY', 'db,.svc', []],
  ['TLS_SAN', 'web.shop.svc', []],
  ['KAFKA_ADVERTISED_LISTENERS', 'PLAINTEXT://kafka-0.kafka:9092', []],
  ['X', 'see db, or ask the db team', []],
  ['X', 'mydb.data.svcs x', []],
  ['X', 'path/db:5432', []],
  ['X', 'db:5432m and 10:30:45', []],
  ['IMAGE', 'registry/redis:7', []],
  ['X', '*.web.shop.svc', []],
  // Scripts.
  ['X', 'set -e\nuntil nc -z -w 2 db 5432; do sleep 1; done', ['HostPort db:5432']],
  ['X', 'set -e\npg_isready -h db -p 5433', ['Named db:5433']],
  ['X', 'set -e\npsql --db-host=db.data', ['Named db.data']],
  ['X', 'a=1\ncat < /dev/tcp/db/5432', ['HostPort db:5432']],
  ['X', 'a=1\n# db:5432 is the old one\ncurl http://api/health # not http://old/', ['Url api']],
  // Files.
  [
    'app.properties',
    'spring.datasource.url=jdbc:mysql://db:3306/x\n! db2:1\nredis.host = redis\nredis.port = 6380\n',
    ['Url db:3306', 'HostPort db2:1', 'Named redis:6380'],
  ],
  [
    'nginx.conf',
    'upstream api {\n  server api:8080; # server old:80\n}\nserver { server_name web; proxy_pass http://web.shop; }',
    ['HostPort api:8080', 'Url web.shop'],
  ],
  ['redis.conf', '# replicaof old 6379\nreplicaof redis-master 6379\n', ['HostPort redis-master:6379']],
  ['settings.php', "<?php\n/* define('DB_HOST', 'old'); */\ndefine('DB_HOST', 'db');\n", ['Named db']],
  ['web.xml', '<a><!-- <host>old</host> -->\n<host>db</host></a>', ['Named db']],
  [
    'c.yaml',
    '# host: old\nredis: {host: redis, port: 6380}\nbrokers: [a, "b:9092"]\nscript: |\n  # x:1\n  nc db 5432\n',
    ['Named redis:6380', 'Named a', 'HostPort b:9092', 'HostPort db:5432'],
  ],
  ['c.json', '{"db": {"hostname": "db", "name": "web"}, "url": "http://api:80"}', ['Url api:80', 'Named db']],
  ['X', '[{"endpoint": "cache:11211"}]', ['HostPort cache:11211']],
];

for (const [name, text, expected] of ROWS)
  test(`${name}: ${text.split('\n').join(' | ')}`, () =>
    assert.equal(mentions(name, text).sort(), [...expected].sort()));

test.run();
