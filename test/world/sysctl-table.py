#!/usr/bin/python3
"""Every sysctl that Linux has below net (not those of netfilter), and what it answers to writes: prints the table sysctl-table.json.

Run it as root in the initial namespace: python3 sysctl-table.py. There it only reads; all writing is done in a new
namespace, by itself under unshare(1).

`new` are the files of a new namespace, as groups of those alike: their mode, what each text of `writes` led to (the
value that is read afterwards, or the errno), and their values by path. Before each write a file has its first value.
`initial` are the modes of the files that the initial namespace has beside these, or with another mode.
"""
import errno
import json
import os
import platform
import subprocess
import sys

ROOT = '/proc/sys/'
WRITES = ['', ' ', '0', '1', '2', '3', '-1', '7', '63', '256', '1000', '65536', '2147483647', '2147483648',
          '4294967295', '4294967296', '18446744073709551615', '0x10', '010', 'x', '1 2', '40000 50000', '2 1', '5,7-9']
DIRECTORIES = ('bridge', 'core', 'ipv4', 'ipv6', 'unix')
MACHINE = ('/all/', '/default/', '/lo/')


def mode(path):
    return f'{os.stat(ROOT + path).st_mode & 0o777:o}'


def read(path):
    try:
        with open(ROOT + path) as file:
            return file.read().rstrip('\n')
    except OSError as error:
        return errno.errorcode[error.errno]


def write(path, text):
    try:
        descriptor = os.open(ROOT + path, os.O_WRONLY)
    except OSError as error:
        return errno.errorcode[error.errno]
    try:
        os.write(descriptor, f'{text}\n'.encode())
    except OSError as error:
        return errno.errorcode[error.errno]
    finally:
        os.close(descriptor)
    return read(path)


def results(path, value):
    found = []
    for text in [value, *WRITES]:
        found.append(write(path, text))
        if read(path) != value:
            write(path, value)
    if read(path) != value:
        sys.exit(f'{path}: {value} cannot be set again')
    return found[1:]


def paths():
    for at, _, files in (walk for directory in DIRECTORIES for walk in os.walk(f'{ROOT}net/{directory}')):
        for name in files:
            path = os.path.join(at, name)[len(ROOT):]
            of_device = '/conf/' in path or '/neigh/' in path
            if not of_device or any(each in path for each in MACHINE):
                yield path


def new():
    groups = {}
    before = {path: read(path) for path in sorted(paths())}
    for path, value in before.items():
        key = (mode(path), tuple([] if mode(path) == '444' else results(path, value)))
        groups.setdefault(key, {})[path] = value
    return [{'mode': mode, 'results': results, 'values': values} for (mode, results), values in groups.items()]


def main():
    if sys.argv[1:] == ['--new']:
        return json.dump(new(), sys.stdout)
    groups = json.loads(subprocess.check_output(['unshare', '-n', sys.executable, __file__, '--new']))
    known = {path: group['mode'] for group in groups for path in group['values']}
    initial = {path: mode(path) for path in sorted(paths()) if known.get(path) != mode(path)}
    text = json.dumps({'kernel': platform.release().split('-')[0], 'writes': WRITES, 'new': groups, 'initial': initial})
    print(text.replace('{"mode"', '\n{"mode"').replace('"values"', '\n"values"').replace('"initial"', '\n"initial"'))


main()
