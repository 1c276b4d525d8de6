package io.modelwatch.app.role;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * One memory budget for the RocksDB stores of the whole process. Kafka Streams' own default is 50 MiB of cache and up to
 * 48 MiB of write buffers <em>a store and partition</em>, of which there are some sixty here.
 */
public final class BoundedRocksDb implements RocksDBConfigSetter {

    static {
        // The caches below are native objects.
        RocksDB.loadLibrary();
    }

    /** Blocks, indexes, filters and write buffers together: what all stores of the process may take. */
    static final long TOTAL_BYTES = 96L << 20;

    /** The write buffers' part of it: half each for what was just written and for what is read again. */
    private static final long WRITE_BUFFER_BYTES = 48L << 20;

    /** A store's write buffer. Sixty stores never fill it at once; before the sum grows too large the manager flushes one. */
    private static final long MEMTABLE_BYTES = 8L << 20;

    /** One that is written, one that is flushed. */
    private static final int MEMTABLES = 2;

    /** What a store takes at its first write; an eighth of the write buffer by default, times sixty stores. */
    private static final long ARENA_BYTES = 64L << 10;

    /** Indexes and filters are read at each lookup: data blocks do not push them out. */
    private static final double HIGH_PRIORITY_SHARE = 0.2;

    /** Shards bring locks apart and make each shard's share small; a process here has a handful of threads. */
    private static final int SHARD_BITS = 2;

    private static final Cache CACHE = new LRUCache(TOTAL_BYTES, SHARD_BITS, false, HIGH_PRIORITY_SHARE);
    private static final WriteBufferManager WRITE_BUFFERS = new WriteBufferManager(WRITE_BUFFER_BYTES, CACHE);

    @Override
    public void setConfig(String storeName, Options options, Map<String, Object> configs) {
        BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
        table.setBlockCache(CACHE);
        // Otherwise they are outside of the budget and grow with the store.
        table.setCacheIndexAndFilterBlocks(true);
        table.setCacheIndexAndFilterBlocksWithHighPriority(true);
        table.setPinTopLevelIndexAndFilter(true);
        // The newest files are asked first at every lookup: no detour by way of the cache for their filters.
        table.setPinL0FilterAndIndexBlocksInCache(true);
        options.setTableFormatConfig(table);
        options.setWriteBufferManager(WRITE_BUFFERS);
        options.setWriteBufferSize(MEMTABLE_BYTES);
        options.setMaxWriteBufferNumber(MEMTABLES);
        options.setArenaBlockSize(ARENA_BYTES);
    }

    /** Returns what all stores of the process take just now. */
    static long usedBytes() {
        return CACHE.getUsage();
    }

    /** Returns the part of it that cannot be given back. */
    static long pinnedBytes() {
        return CACHE.getPinnedUsage();
    }

    /** Leaves the shared objects open: other stores use them, and they live as long as the process. */
    @Override
    public void close(String storeName, Options options) {}
}
