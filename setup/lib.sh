#!/usr/bin/env bash
# The environment: Odoo 19, a Python environment, PostgreSQL. Sourced, not run.
# Every step is done once and kept in the cache; a repeat call goes on from there.
set -euo pipefail
umask 022

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SETUP=$REPO/setup
# PostgreSQL refuses to run as root, and the user it then runs as can't enter
# root's home: as root the cache stands where that user can reach it.
if [ "$(id -u)" = 0 ]; then
  CACHE=${CREDIT_CONTROL_CACHE:-/var/cache/credit-control}
else
  CACHE=${CREDIT_CONTROL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/credit-control}
fi
CACHE=$(realpath -m "$CACHE")
LOGS=$CACHE/logs
# Two clones may work at once, each with its own addons path.
CLONE=$(cksum <<<"$REPO" | cut -d" " -f1)
STARTED=$SECONDS

die() { printf '\nsetup: %s\n' "$*" >&2; exit 1; }
say() { printf '%4ss  %s\n' $((SECONDS - STARTED)) "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }
free_kb() { df -Pk "$CACHE" | awk 'NR==2 {print $4}'; }

# failed LOG MESSAGE: a step that writes LOG failed. What it said last comes first.
failed() {
  local log=$1; shift
  tail -n 15 "$log" >&2 2>/dev/null || true
  # A log on a full disk may be empty: the disk is asked as well.
  if [ "$(free_kb)" -lt 20000 ] || tail -n 50 "$log" 2>/dev/null | grep -qiE 'no space left|enough free space'; then
    die "the disk is full: make room for $CACHE and in ${TMPDIR:-/tmp}, or set CREDIT_CONTROL_CACHE to another disk, then call again."
  fi
  die "$* See $log."
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

open_cache() {
  mkdir -p "$CACHE" "$LOGS" 2>/dev/null && [ -w "$CACHE" ] && [ -w "$LOGS" ] \
    || die "can't write to $CACHE: set CREDIT_CONTROL_CACHE to a folder of yours."
  local need=3
  [ -z "${ODOO_HOME:-}" ] && [ ! -e "$CACHE/odoo-19/complete" ] || need=1
  [ -e "$CACHE/ready" ] || [ "$(free_kb)" -gt $((need * 1000000)) ] \
    || die "less than $need GB free for $CACHE: make room, or set CREDIT_CONTROL_CACHE to another disk, then call again."
  exec 9>"$CACHE/lock"
  flock -n 9 || { say "another call is setting up: waiting for it"; flock 9; }
}

# --- system packages ---------------------------------------------------------
ensure_system_packages() {
  local missing=()
  have chromium || missing+=(chromium)
  have wkhtmltopdf || missing+=(wkhtmltopdf)
  have pdftoppm || missing+=(poppler-utils)
  have soffice || missing+=(libreoffice-calc)
  have flock || missing+=(util-linux)
  [ -n "${PGHOST:-}" ] || find_pg_bin >/dev/null || missing+=(postgresql)
  have psql || missing+=(postgresql-client)
  have python3 || missing+=(python3)
  python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
  [ ${#missing[@]} = 0 ] && return
  have apt-get || die "install ${missing[*]} with your package manager, then call again."
  # `sudo true`, not `sudo -v`: that asks for a password even where none is needed.
  [ "$(id -u)" = 0 ] || { have sudo && sudo true; } \
    || die "packages are missing and sudo can't be used here. As root: apt-get install --no-install-recommends ${missing[*]} – then call again."
  say "system packages: ${missing[*]}"
  as_root apt-get update -qq -o APT::Update::Error-Mode=any >"$LOGS/apt.log" 2>&1 \
    || failed "$LOGS/apt.log" "The package lists can't be fetched; is there a network?"
  have wkhtmltopdf || [ -n "$(apt-cache madison wkhtmltopdf)" ] \
    || die "this system has no package wkhtmltopdf (Debian dropped it after 12): install the one its authors publish, then call again."
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$LOGS/apt.log" 2>&1 \
    || failed "$LOGS/apt.log" "Installing ${missing[*]} failed."
}

find_pg_bin() {
  local dir
  for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
    [ -x "$dir/initdb" ] && { echo "$dir"; return; }
  done
  if have initdb; then dirname "$(command -v initdb)"; else return 1; fi
}

# --- Odoo --------------------------------------------------------------------
is_odoo_19() { grep -qs '^version_info = (19, 0' "$1/odoo/release.py"; }

# Sets ODOO_PATH: the folder that holds the package `odoo`.
ensure_odoo() {
  if [ -n "${ODOO_HOME:-}" ]; then
    ODOO_PATH=$(realpath -m "$ODOO_HOME")
    [ -d "$ODOO_PATH/odoo" ] || die "ODOO_HOME=$ODOO_HOME holds no folder 'odoo': point it to an Odoo 19.0, or unset it to have one fetched."
    is_odoo_19 "$ODOO_PATH" || die "ODOO_HOME=$ODOO_HOME holds another version than Odoo 19.0: point it to an Odoo 19.0, or unset it to have one fetched."
    return
  fi
  # Another version that can be imported is left alone.
  ODOO_PATH=$(cd / && python3 -c 'import odoo, os; print(os.path.dirname(list(odoo.__path__)[0]))' 2>/dev/null) \
    && is_odoo_19 "$ODOO_PATH" && return
  ODOO_PATH=$CACHE/odoo-19/usr/lib/python3/dist-packages
  [ -e "$CACHE/odoo-19/complete" ] || fetch_odoo
  is_odoo_19 "$ODOO_PATH" || die "the package odoo-19 isn't Odoo 19.0 any more: set ODOO_HOME to an Odoo 19.0."
}

# The mirror and the key come from the machine's own package sources.
debian_source() {
  awk -v IGNORECASE=1 '/^URIs:/ {uri=$2} /^Signed-By:/ {key=$2} /^Suites:/ {suite=$2}
    uri && suite && /^$/ {exit} END {if (uri && uri !~ /security/) print uri, key, suite}' \
    /etc/apt/sources.list.d/debian.sources 2>/dev/null | grep . && return
  sed -n 's/^deb \(\[[^]]*\] \)\?\(http[^ ]*debian\/\?\) \([a-z]*\) .*/\2 - \3/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | head -n 1 | grep .
}

fetch_odoo() {
  have apt-get || die "no Odoo 19 here: set ODOO_HOME to an Odoo 19.0 checkout."
  local work=$CACHE/odoo-work uri key suite
  read -r uri key suite < <(debian_source) || die "no Debian package source found on this machine: set ODOO_HOME to an Odoo 19.0 checkout."
  [ -f "$key" ] || key=/usr/share/keyrings/debian-archive-keyring.gpg
  rm -rf "$work" && mkdir -p "$work"/{deb,root,lists/partial,cache/archives/partial}
  : >"$LOGS/odoo.log"
  say "fetching Odoo 19 (some 130 MB)"
  for suite in "sid odoo-19 fonts-montserrat" \
    "$suite libjs-jquery libjs-jquery-form libjs-underscore fonts-font-awesome fonts-roboto-unhinted fonts-inconsolata fonts-ocr-b"; do
    fetch_packages "$work" "$uri" "$key" $suite
  done
  for deb in "$work"/deb/*.deb; do
    dpkg -x "$deb" "$work/root" >>"$LOGS/odoo.log" 2>&1 || failed "$LOGS/odoo.log" "${deb##*/} can't be unpacked: call again."
  done
  [ -z "$(find "$work/root" -xtype l)" ] || die "the packages of Odoo don't fit together: $(find "$work/root" -xtype l | head -n 1) is missing. Call again, or set ODOO_HOME."
  touch "$work/root/complete"
  rm -rf "$CACHE/odoo-19" && mv "$work/root" "$CACHE/odoo-19" && rm -rf "$work"
}

# fetch_packages WORK URI KEYRING SUITE PACKAGE…: apt checks the signatures.
fetch_packages() {
  local work=$1 uri=$2 key=$3 suite=$4; shift 4
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$uri" "$suite" "$key" >"$work/$suite.sources"
  local options=(-o Dir::Etc::sourcelist="$work/$suite.sources" -o Dir::Etc::sourceparts=-
    -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root
    -o APT::Update::Error-Mode=any)
  apt-get "${options[@]}" update >>"$LOGS/odoo.log" 2>&1 \
    && (cd "$work/deb" && apt-get "${options[@]}" download "$@" >>"$LOGS/odoo.log" 2>&1) \
    || failed "$LOGS/odoo.log" "Odoo can't be fetched; is there a network? Call again when there is, or set ODOO_HOME to an Odoo 19.0 that is here already."
}

# --- Python ------------------------------------------------------------------
ensure_python() {
  python3 -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' \
    || die "Odoo 19 needs Python 3.10 to 3.13; python3 here is $(python3 -V)."
  local key
  key=$( (python3 -VV; cat "$SETUP/requirements.txt") | sha256sum | cut -c1-12)
  VENV=$CACHE/venv-$key
  PYTHON=$VENV/bin/python
  if [ ! -e "$VENV/complete" ]; then
    say "Python environment"
    rm -rf "$VENV"
    { python3 -m venv "$VENV" \
      && "$VENV/bin/pip" install -q --disable-pip-version-check -r "$SETUP/requirements.txt"; } >"$LOGS/pip.log" 2>&1 \
      || failed "$LOGS/pip.log" "The Python packages can't be installed; is there a network? Call again when there is."
    touch "$VENV/complete"
  fi
  export PYTHONPATH=$ODOO_PATH PYTHONDONTWRITEBYTECODE=1 PATH=$VENV/bin:$PATH
}

# --- PostgreSQL --------------------------------------------------------------
# Sets STAMPS: what is installed in the databases of this server.
ensure_postgres() {
  if [ -n "${PGHOST:-}" ]; then
    check_given_server
    STAMPS=$CACHE/stamps-$(cksum <<<"$PGHOST:${PGPORT:-}" | cut -d" " -f1)
    return
  fi
  STAMPS=$CACHE/stamps
  PG_BIN=$(find_pg_bin) || die "no PostgreSQL found: install the package postgresql."
  PG=$CACHE/postgres
  export PGHOST=$PG PGPORT=5473 PGUSER=odoo
  [ -e "$PG/data/complete" ] || create_cluster
  psql -d postgres -Atc 'SELECT 1' >/dev/null 2>&1 || start_cluster
}

check_given_server() {
  local answer
  answer=$(PGCONNECT_TIMEOUT=10 psql -w -d postgres -Atc 'SELECT current_user, rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user' 2>&1) \
    || die "the PostgreSQL of PGHOST=$PGHOST can't be used: start it, set PGPORT, PGUSER and PGPASSWORD, or unset PGHOST. It says: $answer"
  case $answer in
    postgres\|*) die "Odoo refuses the PostgreSQL user postgres: make another (createuser --createdb NAME) and set PGUSER to it." ;;
    *\|f) die "the PostgreSQL user ${answer%|f} can't create databases: ALTER ROLE ${answer%|f} CREATEDB, or set PGUSER to another." ;;
  esac
}

as_postgres() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi
}

create_cluster() {
  say "PostgreSQL cluster"
  rm -rf "$PG" && mkdir -p "$PG"
  [ "$(id -u)" != 0 ] || chown postgres "$PG"
  as_postgres test -w "$PG" || die "the user postgres can't enter $CACHE: set CREDIT_CONTROL_CACHE to a folder that everybody can enter."
  as_postgres "$PG_BIN/initdb" -D "$PG/data" -U odoo -A trust -E UTF8 --locale=C.UTF-8 >"$LOGS/initdb.log" 2>&1 \
    || failed "$LOGS/initdb.log" "PostgreSQL can't make its cluster."
  # Nothing in here is worth a wait for the disk: it can be built again.
  printf '%s\n' "unix_socket_directories = '$PG'" "listen_addresses = ''" "port = $PGPORT" \
    'fsync = off' 'synchronous_commit = off' 'full_page_writes = off' \
    'shared_buffers = 512MB' 'max_connections = 200' 'max_wal_size = 4GB' \
    | as_postgres tee -a "$PG/data/postgresql.conf" >/dev/null
  as_postgres touch "$PG/data/complete"
}

start_cluster() {
  local pidfile=$PG/data/postmaster.pid _
  # A pid file that outlived a reboot may name a process that isn't PostgreSQL.
  [ ! -e "$pidfile" ] || grep -qs '^postgres' "/proc/$(head -n 1 "$pidfile")/comm" || rm -f "$pidfile"
  # Again, as a server that was just killed may take a moment to be gone.
  for _ in 1 2 3; do
    # 9>&-: the server must not keep the lock of this call.
    as_postgres "$PG_BIN/pg_ctl" -D "$PG/data" -l "$PG/log" -w -t 60 start >"$LOGS/pg_ctl.log" 2>&1 9>&- && return
    sleep 2
  done
  failed "$PG/log" "PostgreSQL doesn't start. If its data is broken, remove $PG and call again: it is built anew."
}

# --- databases ---------------------------------------------------------------
free_port() { "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# write_config FILE PORT: an Odoo configuration for this clone.
write_config() {
  local addons=$ODOO_PATH/odoo/addons
  [ ! -d "$ODOO_PATH/addons/account" ] || addons=$addons,$ODOO_PATH/addons
  cat >"$1" <<CONF
[options]
addons_path = $addons,$REPO,$REPO/tests/addons
data_dir = $CACHE/data
db_host = $PGHOST
db_port = ${PGPORT:-5432}
db_user = ${PGUSER:-$(id -un)}
http_interface = 127.0.0.1
http_port = $2
list_db = False
max_cron_threads = 0
CONF
  [ -z "${PGPASSWORD:-}" ] || echo "db_password = $PGPASSWORD" >>"$1"
}

odoo() { "$PYTHON" -m odoo "$@"; }
database_exists() { [ "$(psql -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ]; }

# Every bridge beside the three addons installs itself, named or not.
our_addons() { (cd "$REPO" && for manifest in credit_*/__manifest__.py; do dirname "$manifest"; done); }
ADDONS=$(our_addons | paste -sd,)
addon_hash() { (cd "$REPO" && find "$1" -type f ! -name '*.pyc' ! -path '*/tests/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16); }

# changed_addons STAMPS: addons whose files differ from what was installed.
changed_addons() {
  local addon changed=()
  for addon in $(our_addons); do
    [ "$(cat "$1/$addon" 2>/dev/null)" = "$(addon_hash "$addon")" ] || changed+=("$addon")
  done
  (IFS=,; echo "${changed[*]}")
}
stamp_addons() { mkdir -p "$1"; for addon in $(our_addons); do addon_hash "$addon" >"$1/$addon"; done; }

# new_database NAME TEMPLATE: takes the place of what has that name. Odoo keeps
# attachments, its menu icons among them, as files beside the database.
new_database() {
  local name=$1 template=$2 files=$CACHE/data/filestore
  dropdb --if-exists "$name" >"$LOGS/database.log" 2>&1 \
    || failed "$LOGS/database.log" "Database $name is in use: end the server or the test that uses it, then call again."
  createdb -T "$template" -E UTF8 "$name" >"$LOGS/database.log" 2>&1 \
    || failed "$LOGS/database.log" "Database $name can't be created."
  rm -rf "${files:?}/$name"
  [ ! -d "$files/$template" ] || cp -a "$files/$template" "$files/$name"
}
drop_database() { dropdb --if-exists "$1" 2>/dev/null || true; rm -rf "$CACHE/data/filestore/${1:?}"; }

# ensure_base NAME DEPENDENCIES [odoo options]: a database of Odoo's own addons.
ensure_base() {
  local name=$1 depends=$2; shift 2
  [ -e "$STAMPS/$name" ] && database_exists "$name" && return
  say "database $name: Odoo's own addons (two minutes)"
  rm -f "$STAMPS/$name"
  new_database "$name" template0
  odoo -c "$CONFIG" -d "$name" -i "$depends" --stop-after-init --no-http --log-level=warn "$@" >"$LOGS/$name.log" 2>&1 \
    || failed "$LOGS/$name.log" "Odoo's own addons can't be installed."
  mkdir -p "$STAMPS" && touch "$STAMPS/$name"
}

# ensure_installed NAME BASE ADDONS [odoo options]: our addons, up to date.
ensure_installed() {
  local name=$1 base=$2 addons=$3 changed; shift 3
  local stamps=$STAMPS/$name.d
  if [ -d "$stamps" ] && database_exists "$name"; then
    changed=$(changed_addons "$stamps")
    [ -n "$changed" ] || return 0
    say "database $name: updating $changed"
    if odoo -c "$CONFIG" -d "$name" -u "$changed" -i "$addons" --stop-after-init --no-http --log-level=warn "$@" >"$LOGS/$name.log" 2>&1; then
      stamp_addons "$stamps"; return
    fi
    say "the update failed, building anew (see $LOGS/$name.log)"
  fi
  say "database $name: our addons"
  rm -rf "$stamps"
  new_database "$name" "$base"
  odoo -c "$CONFIG" -d "$name" -i "$addons" --stop-after-init --no-http --log-level=warn "$@" >"$LOGS/$name.log" 2>&1 \
    || failed "$LOGS/$name.log" "The addons can't be installed."
  stamp_addons "$stamps"
}

ensure_all() {
  open_cache
  ensure_system_packages
  # A given server that can't be used is said before Odoo is fetched.
  ensure_postgres
  ensure_odoo
  ensure_python
  touch "$CACHE/ready"
}
