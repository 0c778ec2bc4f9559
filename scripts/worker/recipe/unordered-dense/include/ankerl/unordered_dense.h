// The part of ankerl::unordered_dense's interface that the media worker uses, on the standard library's containers.
// A little slower per look-up; the worker looks up a handful of keys per packet.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>

namespace ankerl::unordered_dense
{
	// The standard hash of an integer is often the integer itself. The worker combines these hashes by hand and counts
	// on well-mixed bits, so they go through the finaliser of SplitMix64.
	template<typename Key>
	struct hash
	{
		std::uint64_t operator()(const Key& key) const noexcept
		{
			auto bits = static_cast<std::uint64_t>(std::hash<Key>{}(key));

			bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
			bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;

			return bits ^ (bits >> 31);
		}
	};

	template<typename Key, typename Value, typename Hash = hash<Key>, typename Equal = std::equal_to<Key>>
	using map = std::unordered_map<Key, Value, Hash, Equal>;

	template<typename Key, typename Hash = hash<Key>, typename Equal = std::equal_to<Key>>
	using set = std::unordered_set<Key, Hash, Equal>;
} // namespace ankerl::unordered_dense
