#!/usr/bin/env bash
# Makes stand-ins for public images, and the image of modelwatch on them; README.md says of what.
set -euo pipefail
cd "$(dirname "$0")/../.."
export DOCKER_BUILDKIT=1
here=docker/local
name=modelwatch-local
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
with_maven=false
[ "${1:-}" = --maven ] && with_maven=true

fail() { echo "$*" >&2; exit 1; }

[ -f app/target/modelwatch.jar ] && [ -d app/target/lib ] && [ -d app/target/registry ] || fail "not built yet: mvn -DskipTests package"
jdk=${JAVA_HOME:?set JAVA_HOME to a JDK 25}
grep -q '^JAVA_VERSION="25' "$jdk/release" || fail "$jdk is no JDK 25"

# A tree of Debian is kept where one is named: it comes from the archive only once.
root=${DEBIAN_ROOT:-$work/debian}
if [ ! -d "$root/etc" ]; then
    debootstrap --variant=minbase --include=ca-certificates bookworm "$root"
fi
# tar as root, so that owners stay; without what apt has fetched.
tar -C "$root" -c --exclude=./var/cache/apt/* --exclude=./var/lib/apt/lists/* --exclude=./usr/share/doc/* \
    --exclude=./usr/share/man/* --exclude=./usr/share/locale/* . | docker import - "$name/debian" >/dev/null

modules=java.se,jdk.charsets,jdk.crypto.ec,jdk.httpserver,jdk.jcmd,jdk.jfr,jdk.localedata,jdk.management,jdk.management.agent
modules=$modules,jdk.naming.dns,jdk.net,jdk.nio.mapmode,jdk.security.auth,jdk.security.jgss,jdk.unsupported,jdk.zipfs
mkdir "$work/java"
"$jdk/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --compress zip-6 \
    --generate-cds-archive --output "$work/java/jre"
docker build -q -f $here/java/Dockerfile -t $name/java "$work/java"

mkdir -p "$work/kafka/libs"
# What the broker needs of what the program has: its own jars and those they name.
for jar in app/target/lib/*.jar; do
    case ${jar##*/} in
        duckdb* | rocksdb* | flink* | embedded-postgres* | kubernetes* | HikariCP* | flyway* | javalin* | jetty*) ;;
        *) cp "$jar" "$work/kafka/libs/" ;;
    esac
done
cp $here/kafka/{run,logback.xml,server.properties} "$work/kafka/"
docker build -q -f $here/kafka/Dockerfile --build-arg BASE=$name/java -t $name/kafka "$work/kafka"

docker build -q -f $here/registry/Dockerfile --build-arg BASE=$name/java -t $name/registry app/target/registry

mkdir -p "$work/postgres/pg"
unzip -p app/target/lib/embedded-postgres-binaries-*.jar '*.txz' | tar -xJ -C "$work/postgres/pg"
cp $here/postgres/{run,pg_isready} "$work/postgres/"
docker build -q -f $here/postgres/Dockerfile --build-arg BASE=$name/debian -t $name/postgres "$work/postgres"

mkdir "$work/prometheus"
cp "$(command -v prometheus)" "$(command -v promtool)" "$work/prometheus/" || fail "apt-get install prometheus"
docker build -q -f $here/prometheus/Dockerfile --build-arg BASE=$name/debian -t $name/prometheus "$work/prometheus"

if $with_maven; then
    mkdir "$work/maven"
    cp -a "$jdk" "$work/maven/jdk"
    # Debian's Maven consists of links into other packages.
    cp -rL /usr/share/maven "$work/maven/maven"
    cp -a ~/.m2/repository "$work/maven/repository"
    cp $here/maven/settings.xml "$work/maven/"
    docker build -q -f $here/maven/Dockerfile --build-arg BASE=$name/debian -t $name/maven "$work/maven"
    program=(--build-arg PROGRAM=built --build-arg BUILD_IMAGE=$name/maven)
else
    program=(--build-arg PROGRAM=prebuilt)
fi
docker build -f docker/Dockerfile -t modelwatch --build-arg RUNTIME_IMAGE=$name/java "${program[@]}" \
    --build-arg REVISION="$(git rev-parse HEAD)" .
