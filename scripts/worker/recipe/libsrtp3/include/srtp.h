// libsrtp 3's interface, as far as the media worker uses it, on libsrtp 2. Version 3 made the policy opaque and the
// transforms copy from one buffer to another; version 2 has an open struct and works in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

// Keep version 2's struct under another name: version 3 gives `srtp_policy_t` to the opaque handle.
#define srtp_policy_t srtp2_policy_t
#include <srtp2/srtp.h>
#undef srtp_policy_t

struct srtp3_policy
{
	srtp2_policy_t settings{};
	// Master key followed by master salt, as version 2 wants them.
	unsigned char key[SRTP_MAX_KEY_LEN]{};
};

using srtp_policy_t = srtp3_policy*;

// Version 3's additional errors. Only this file returns the first, nothing returns the second.
inline constexpr auto srtp_err_status_buffer_small = static_cast<srtp_err_status_t>(28);
inline constexpr auto srtp_err_status_cryptex_err = static_cast<srtp_err_status_t>(29);

inline srtp_err_status_t srtp_policy_create(srtp_policy_t* policy)
{
	*policy = new (std::nothrow) srtp3_policy();

	return *policy == nullptr ? srtp_err_status_alloc_fail : srtp_err_status_ok;
}

inline void srtp_policy_destroy(srtp_policy_t policy)
{
	if (policy != nullptr)
	{
		// Volatile, so that the compiler cannot leave out the wiping of a key that nobody reads again.
		auto* key = static_cast<volatile unsigned char*>(policy->key);

		for (std::size_t i = 0; i < sizeof(policy->key); ++i)
		{
			key[i] = 0;
		}
	}

	delete policy;
}

inline srtp_err_status_t srtp_policy_set_ssrc(srtp_policy_t policy, srtp_ssrc_t ssrc)
{
	policy->settings.ssrc = ssrc;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_profile(srtp_policy_t policy, srtp_profile_t profile)
{
	const auto status = srtp_crypto_policy_set_from_profile_for_rtp(&policy->settings.rtp, profile);

	if (status != srtp_err_status_ok)
	{
		return status;
	}

	return srtp_crypto_policy_set_from_profile_for_rtcp(&policy->settings.rtcp, profile);
}

// The worker never uses a master key identifier.
inline srtp_err_status_t srtp_policy_add_key(
  srtp_policy_t policy,
  const std::uint8_t* key,
  std::size_t keyLen,
  const std::uint8_t* salt,
  std::size_t saltLen,
  const std::uint8_t* /*mki*/,
  std::size_t mkiLen)
{
	if (mkiLen != 0 || keyLen > sizeof(policy->key) || saltLen > sizeof(policy->key) - keyLen)
	{
		return srtp_err_status_bad_param;
	}

	std::memcpy(policy->key, key, keyLen);
	std::memcpy(policy->key + keyLen, salt, saltLen);
	policy->settings.key = policy->key;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_allow_repeat_tx(srtp_policy_t policy, bool allow)
{
	policy->settings.allow_repeat_tx = allow ? 1 : 0;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_window_size(srtp_policy_t policy, std::size_t size)
{
	policy->settings.window_size = static_cast<unsigned long>(size);

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_create(srtp_t* session, srtp_policy_t policy)
{
	return srtp_create(session, &policy->settings);
}

inline srtp_err_status_t srtp_stream_remove(srtp_t session, std::uint32_t ssrcInNetworkOrder)
{
	return srtp_remove_stream(session, ssrcInNetworkOrder);
}

// RTCP also carries its 31-bit index and the encryption flag.
inline constexpr std::size_t SRTCP_GROWTH = SRTP_MAX_TRAILER_LEN + sizeof(std::uint32_t);

// Runs one of version 2's in-place transforms on a copy. `growth` is what the transform may add; the output buffer
// must have room for it beforehand, since version 2 does not know where the buffer ends.
template<typename Transform>
inline srtp_err_status_t srtp3_copy_transform(
  Transform transform,
  std::size_t growth,
  const std::uint8_t* in,
  std::size_t inLen,
  std::uint8_t* out,
  std::size_t* outLen)
{
	if (*outLen < inLen || *outLen - inLen < growth)
	{
		return srtp_err_status_buffer_small;
	}

	if (in != out)
	{
		std::memmove(out, in, inLen);
	}

	auto length = static_cast<int>(inLen);
	const auto status = transform(out, &length);

	if (status == srtp_err_status_ok)
	{
		*outLen = static_cast<std::size_t>(length);
	}

	return status;
}

inline srtp_err_status_t srtp_protect(
  srtp_t session,
  const std::uint8_t* rtp,
  std::size_t rtpLen,
  std::uint8_t* srtp,
  std::size_t* srtpLen,
  std::size_t /*mkiIndex*/)
{
	const auto transform = [session](void* data, int* length) { return srtp_protect(session, data, length); };

	return srtp3_copy_transform(transform, SRTP_MAX_TRAILER_LEN, rtp, rtpLen, srtp, srtpLen);
}

inline srtp_err_status_t srtp_unprotect(
  srtp_t session, const std::uint8_t* srtp, std::size_t srtpLen, std::uint8_t* rtp, std::size_t* rtpLen)
{
	const auto transform = [session](void* data, int* length) { return srtp_unprotect(session, data, length); };

	return srtp3_copy_transform(transform, 0, srtp, srtpLen, rtp, rtpLen);
}

inline srtp_err_status_t srtp_protect_rtcp(
  srtp_t session,
  const std::uint8_t* rtcp,
  std::size_t rtcpLen,
  std::uint8_t* srtcp,
  std::size_t* srtcpLen,
  std::size_t /*mkiIndex*/)
{
	const auto transform = [session](void* data, int* length) { return srtp_protect_rtcp(session, data, length); };

	return srtp3_copy_transform(transform, SRTCP_GROWTH, rtcp, rtcpLen, srtcp, srtcpLen);
}

inline srtp_err_status_t srtp_unprotect_rtcp(
  srtp_t session, const std::uint8_t* srtcp, std::size_t srtcpLen, std::uint8_t* rtcp, std::size_t* rtcpLen)
{
	const auto transform = [session](void* data, int* length) { return srtp_unprotect_rtcp(session, data, length); };

	return srtp3_copy_transform(transform, 0, srtcp, srtcpLen, rtcp, rtcpLen);
}
