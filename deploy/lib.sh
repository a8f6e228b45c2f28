# Functions shared by deploy/* and tests/run: installing packages, ports, and processes that are started, watched
# and stopped by us alone. Sourced by bash scripts that have set -euo pipefail.
#
# A *place* is a folder that holds everything of one running instance; the caller sets PLACE (absolute) and calls
# place_prepare:
#     pid/NAME      pid and identity of a process (see process_birth), then a sum of what it was started with
#     log/NAME.log  what it prints
#     postgres/ redis/ …  data of the servers
#
# Servers do not run as root, and PostgreSQL refuses to; yet a checkout may lie in a folder that only root can pass
# (/root, mktemp -d). So every process gets the place as open file descriptor 9 and names its files as
# /proc/self/fd/9/…: that way leads past the parent folders without granting anybody a right. What is executed is
# copied to bin/ in the place for the same reason, and because a build may then replace the original at any time.

INSIDE=/proc/self/fd/9
STARTED=() # names of the processes started by this run, in order
PG_BIN=/usr/lib/postgresql/15/bin

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
    warn "${0##*/}: $*"
    exit 1
}

# as_root COMMAND…: runs it as root, by sudo if need be.
as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# ---- packages

# packages_listed FILE: the names in a list with # comments.
packages_listed() { sed 's/#.*//' "$1" | awk 'NF { print $1 }'; }

# packages_missing NAME…: those that are not installed.
packages_missing() {
    local installed
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | awk '$2 == "installed" { print $1 }') || true
    printf '%s\n' "$@" | grep -vxF -e "$installed" || true
}

# packages_install LOG NAME…: installs what is missing of these; dies with a message if it cannot. A package that
# would start or create a service of the machine does not get to: see packages_apt.
packages_install() {
    local log=$1 missing
    shift
    mapfile -t missing < <(packages_missing "$@")
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || die "these Debian packages are missing, and there is no apt-get: ${missing[*]}"
    ((EUID == 0)) || command -v sudo >/dev/null ||
        die "Debian packages are missing; run this as root, or first: apt-get install ${missing[*]}"
    say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    if ! (packages_apt "${missing[@]}") >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        die "apt-get failed; all of its output is in $log"
    fi
}

# packages_of_node: what is missing of Node.js. Whoever has another one than Debian's keeps it.
packages_of_node() {
    command -v node >/dev/null || say nodejs
    command -v npm >/dev/null || say npm
}

# node_modules_install FOLDER LOG: what its package-lock.json names, if that is not there yet. No package's own scripts run.
# Not by "npm ci", which insists on entries for the platforms of others; the lock file is followed and left as it is.
node_modules_install() {
    local sum have="$1/node_modules/.installed"
    sum=$(sha256sum <"$1/package-lock.json")
    if [[ -f $have && $(<"$have") == "$sum" ]]; then return; fi
    npm install --no-save --ignore-scripts --no-audit --no-fund --prefix "$1" >"$2" 2>&1 || return 1
    say "$sum" >"$have"
}

# web_build LOG: web/dist is the web client as its sources are now, built if something that goes into it has changed since;
# 1 if it cannot be, the reason on standard error.
web_build() {
    local sum log=$1 lock
    mkdir -p "$ROOT/build"
    exec {lock}>"$ROOT/build/.web-lock"
    flock "$lock"
    sum=$(cd "$ROOT" && find web rest/openapi.yaml realtime/asyncapi.yaml -type f -not -path 'web/node_modules/*' \
        -not -path 'web/dist/*' -not -path 'web/src/api/generated/*' -not -path 'web/tests/*' -not -path 'web/screens/*' \
        -print0 | sort -z | xargs -0 sha256sum | sha256sum)
    if [[ ! -f $ROOT/web/dist/.built || $(<"$ROOT/web/dist/.built") != "$sum" ]]; then
        say "Building the web client"
        node_modules_install "$ROOT/web" "$log" || { warn "npm could not install the packages of web/; see $log" && return 1; }
        npm run --prefix "$ROOT/web" build >>"$log" 2>&1 || {
            tail -n 20 "$log" >&2
            warn "the web client does not build; all of its output is in $log"
            return 1
        }
        say "$sum" >"$ROOT/web/dist/.built"
    fi
    exec {lock}>&-
}

# Runs in a subshell, whose EXIT trap takes the two temporary files away again whatever happens. The first tells
# Debian's maintainer scripts to start no service (101: forbidden), the second that postgresql-15 makes no cluster.
packages_apt() {
    local policy=/usr/sbin/policy-rc.d cluster=/etc/postgresql-common/createcluster.d/zz-no-cluster.conf services=() name
    made=() # not local: the trap comes when this function is over
    # shellcheck disable=SC2317 # called by the trap
    packages_apt_undo() { ((${#made[@]} == 0)) || as_root rm -f "${made[@]}"; }
    trap packages_apt_undo EXIT
    if [[ ! -e $policy ]]; then
        made+=("$policy")
        printf '#!/bin/sh\n# there only while packages are being installed for Seri\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    if [[ ! -e $cluster ]]; then
        made+=("$cluster")
        as_root mkdir -p "${cluster%/*}"
        say 'create_main_cluster = false' | as_root tee "$cluster" >/dev/null
    fi
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold)
    local install=(install --no-install-recommends --no-remove "$@")
    # The package lists may be absent or too old; ask for new ones only then.
    as_root "${apt[@]}" "${install[@]}" || {
        as_root "${apt[@]}" update
        as_root "${apt[@]}" "${install[@]}"
    }
    # Nor shall they start at the next boot, or now because somebody's own policy-rc.d permits it.
    for name in "$@"; do
        [[ $name != nginx && $name != redis-server ]] || services+=("$name")
    done
    if ((${#services[@]})) && command -v systemctl >/dev/null; then
        as_root systemctl disable --now "${services[@]}" || true
    fi
}

# ---- ports

# port_is_free PORT: nobody listens on it, on any address.
port_is_free() {
    local hex
    printf -v hex ':%04X' "$1"
    awk -v port="$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { busy = 1 } END { exit busy }' /proc/net/tcp*
}

# port_near BASE [TAKEN…]: prints the first free port from BASE up that is not among TAKEN.
port_near() {
    local port=$1
    shift
    while [[ " $* " == *" $port "* ]] || ! port_is_free "$port"; do
        ((++port < 65536)) || die "no free port from $1 up"
    done
    say "$port"
}

# ---- processes

# place_prepare: makes the folders of PLACE. Others may pass through it to what is theirs, not list it.
place_prepare() {
    mkdir -p "$PLACE"/{pid,log,bin} || return 1
    chmod 711 "$PLACE"
    chmod 700 "$PLACE/log"
    chmod 755 "$PLACE"/{pid,bin}
}

# account NAME: the user that a process shall run as: NAME if we are root, else ourselves.
account() {
    if ((EUID == 0)); then say "$1"; else id -un; fi
}

# process_birth PID: its start time, the boot, and the place, which tell it from a later process with the same number and
# from the original's if the whole checkout was copied. Fails if it is gone.
process_birth() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra stat <<<"${stat##*) }" # the name before it may hold anything
    [[ ${stat[0]} != [ZX] ]] || return 1
    say "${stat[19]} $(</proc/sys/kernel/random/boot_id) $(stat -c %d:%i "$PLACE")"
}

# process_pid NAME: prints the pid if it runs and is the one that we started.
process_pid() {
    local pid birth
    { read -r pid birth <"$PLACE/pid/$1"; } 2>/dev/null || return 1
    [[ $(process_birth "$pid") == "$birth" ]] || return 1
    say "$pid"
}

# process_age NAME: the time since its start, as [DAYSd ]HH:MM:SS.
process_age() {
    local start uptime age days
    read -r _ start _ <"$PLACE/pid/$1"
    read -r uptime _ </proc/uptime
    age=$((${uptime%.*} - start / $(getconf CLK_TCK)))
    days=$((age / 86400))
    ((days == 0)) || printf '%dd ' "$days"
    printf '%02d:%02d:%02d\n' $((age / 3600 % 24)) $((age / 60 % 60)) $((age % 60))
}

# process_start NAME USER CONTENT COMMAND…: starts it in the background, in a session of its own, as USER (see account)
# and without a way back to more rights. If it runs already it is left alone, unless COMMAND or CONTENT (whatever else
# decides how it works: a configuration, the sum of a program) has changed: then it is stopped first. Adds what it
# starts to the array STARTED. The caller waits for it with process_ready.
process_start() {
    local name=$1 user=$2 content=$3 drop=() sum pid birth
    shift 3
    sum=$(printf '%s\n' "$content" "$@" | sha256sum)
    if process_pid "$name" >/dev/null && [[ $(sed -n 2p "$PLACE/pid/$name") == "$sum" ]]; then return; fi
    process_stop 30 "$name"
    STARTED+=("$name")
    if ((EUID == 0)) && [[ $user != root ]]; then
        drop=(setpriv --reuid="$user" --regid="$user" --init-groups --no-new-privs --)
    fi
    (
        [[ -z ${LOCK_FD:-} ]] || exec {LOCK_FD}>&- # or it would hold our lock as long as it lives
        exec 9<"$PLACE" </dev/null >>"$PLACE/log/$name.log" 2>&1
        raise_files
        cd /
        exec setsid "${drop[@]}" "$@"
    ) &
    pid=$!
    birth=$(process_birth "$pid") || birth=gone
    printf '%s %s\n%s\n' "$pid" "$birth" "$sum" >"$PLACE/pid/$name"
}

# As many open files as we may have; but some programs make a table of that size, so not without end.
raise_files() {
    local most
    ulimit -Hn 262144 2>/dev/null || true # root may raise it
    most=$(ulimit -Hn)
    [[ $most != unlimited ]] && ((most < 262144)) || most=262144
    ulimit -Sn "$most"
}

# process_ready NAME SECONDS COMMAND…: waits until COMMAND succeeds; 1, with the end of the log on standard error,
# if the process ends or time is up.
process_ready() {
    local name=$1 end=$((SECONDS + $2)) problem=''
    shift 2
    until [[ -n $problem ]]; do
        if ! process_pid "$name" >/dev/null; then
            problem="ended right after its start"
        elif "$@" >/dev/null 2>&1; then
            return 0
        elif ((SECONDS >= end)); then
            problem="is not ready in time"
        else
            sleep 0.1
        fi
    done
    warn "$name $problem. The end of $PLACE/log/$name.log:"
    tail -n 15 "$PLACE/log/$name.log" | sed 's/^/    /' >&2
    return 1
}

# process_stop SECONDS NAME…: stops them side by side with SIGTERM (PostgreSQL: SIGINT, its "fast shutdown", which waits
# for no client) and with SIGKILL those that are still there after SECONDS. A number that belongs to somebody else by
# now is left alone.
process_stop() {
    local end=$((SECONDS + $1)) name pid signal
    shift
    for name in "$@"; do
        signal=TERM
        [[ $name != postgres ]] || signal=INT
        if pid=$(process_pid "$name"); then kill -s "$signal" "$pid" 2>/dev/null || true; fi
    done
    for name in "$@"; do
        while pid=$(process_pid "$name"); do
            if ((SECONDS >= end)); then
                warn "$name did not end by itself in time: killed"
                kill -s KILL "$pid" 2>/dev/null || true
                sleep 1
            fi
            sleep 0.05
        done
        rm -f "$PLACE/pid/$name"
    done
}

# http_ok URL…: every one answers with success.
http_ok() {
    local url
    for url in "$@"; do
        curl -fsSk -m 3 --noproxy '*' -o /dev/null "$url" || return 1
    done
}

# ---- PostgreSQL: TCP on 127.0.0.1 only, passwords by SCRAM, data in postgres/data

# postgres_start PORT ADMIN_PASSWORD [NAME=VALUE…]: makes the data folder if there is none (superuser postgres) and
# starts the server, ready. The settings given overrule ours. 1 if it does not come up, the reason on standard error.
postgres_start() {
    local port=$1 password=$2 user setting arguments=()
    local settings=(
        listen_addresses=127.0.0.1 port="$port" unix_socket_directories=
        max_connections=200 shared_buffers=256MB max_wal_size=2GB wal_compression=on checkpoint_timeout=15min
        jit=off # our statements are short; compiling them costs more than it gains
        timezone=UTC log_timezone=UTC log_line_prefix='%m [%p] %a '
        log_min_duration_statement=500ms log_lock_waits=on log_checkpoints=off
        # parameters and the DETAIL of an error hold people's data, and a log is no place for it
        log_parameter_max_length=0 log_error_verbosity=terse
    )
    shift 2
    user=$(account postgres)
    install -d -m 700 -o "$user" "$PLACE/postgres"
    [[ -d $PLACE/postgres/data ]] || postgres_init "$user" "$password" || return 1
    for setting in "${settings[@]}" "$@"; do arguments+=(-c "$setting"); done
    process_start postgres "$user" '' "$PG_BIN/postgres" -D "$INSIDE/postgres/data" "${arguments[@]}"
    process_ready postgres 60 "$PG_BIN/pg_isready" -q -h 127.0.0.1 -p "$port"
}

# The folder gets its name when it is whole, so one that was cut off is made anew.
postgres_init() {
    local user=$1 password=$2 new=$PLACE/postgres/new
    rm -rf "$new"
    install -m 600 -o "$user" <(say "$password") "$PLACE/postgres/password"
    process_start initdb "$user" '' "$PG_BIN/initdb" -D "$INSIDE/postgres/new" -U postgres -E UTF8 --locale=C.UTF-8 \
        --auth=scram-sha-256 --pwfile="$INSIDE/postgres/password"
    while process_pid initdb >/dev/null; do sleep 0.05; done
    rm -f "$PLACE/pid/initdb" "$PLACE/postgres/password"
    if [[ ! -f $new/PG_VERSION || ! -f $new/global/pg_control ]]; then
        warn "initdb failed:"
        tail -n 15 "$PLACE/log/initdb.log" >&2
        return 1
    fi
    mv "$new" "$PLACE/postgres/data"
}

# postgres_sql PORT ADMIN_PASSWORD: runs the SQL of standard input as superuser.
postgres_sql() {
    PGPASSWORD=$2 "$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$1" -U postgres -d postgres
}

# postgres_database PORT ADMIN_PASSWORD ROLE PASSWORD [ATTRIBUTE…]: the role (with these attributes) and a database of
# the same name that it owns are there afterwards, and it has this password.
postgres_database() {
    postgres_sql "$1" "$2" <<SQL
SET log_min_duration_statement = -1; -- the password is not for the log
SELECT 'CREATE ROLE $3' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$3') \gexec
ALTER ROLE $3 LOGIN PASSWORD '$4' ${*:5};
SELECT 'CREATE DATABASE $3 OWNER $3' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$3') \gexec
SQL
}

# ---- Redis: on 127.0.0.1 with a password, nothing kept on disk (PostgreSQL is the truth)

# redis_start PORT PASSWORD: ready afterwards; 1 if it does not come up, the reason on standard error.
redis_start() {
    local user
    user=$(account redis)
    install -d -m 700 -o "$user" "$PLACE/redis"
    # A reader that falls behind in a burst should get 64 MB and a minute before it is cut off (stock: 8 MB).
    install -m 600 -o "$user" <(cat <<CONF
bind 127.0.0.1
port $1
requirepass $2
dir $INSIDE/redis
save ""
appendonly no
maxmemory-policy noeviction
client-output-buffer-limit pubsub 256mb 64mb 60
CONF
    ) "$PLACE/redis/redis.conf"
    process_start redis "$user" "$(<"$PLACE/redis/redis.conf")" /usr/bin/redis-server "$INSIDE/redis/redis.conf"
    process_ready redis 20 redis_answers "$1"
}

# redis_answers PORT: it speaks, if only to ask for a password; so that a check needs none.
redis_answers() {
    local answer
    exec {REDIS_FD}<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'PING\r\n' >&"$REDIS_FD"
    read -rt 2 answer <&"$REDIS_FD" || true
    exec {REDIS_FD}>&-
    [[ $answer == +PONG* || $answer == -NOAUTH* ]]
}

# ---- the instance in .run/ of a checkout, which up, down and status deal with

# instance_open: sets PLACE; dies if the instance is another user's.
instance_open() {
    PLACE=$ROOT/.run
    [[ ! -e $PLACE || -O $PLACE ]] || die "$PLACE belongs to $(stat -c %U "$PLACE"): run this as that user"
}

# instance_lock: from here to the end of the script nobody else changes this instance.
instance_lock() {
    exec {LOCK_FD}>"$PLACE/lock"
    flock -n "$LOCK_FD" && return
    say "Waiting for another run of deploy/up or deploy/down to end …"
    flock "$LOCK_FD"
}

# instance_stop: everything, from the door inwards: nobody new comes in, then nobody decides, then the ledger closes.
instance_stop() {
    local realtime=("$PLACE"/pid/realtime-*)
    process_stop 10 nginx
    process_stop 10 demo-run
    process_stop 30 "${realtime[@]##*/}"
    process_stop 30 rest
    process_stop 20 redis
    process_stop 60 postgres
    rm -f "$PLACE/services"
}
