/*
 * The event log on replicated Redis: append, WAIT, lease, crash and partition (docs/adr/0009-event-log-on-redis.md).
 *
 * Three servers, each with a list of writes that replicas take over one by one; Sentinels that cut the master off and promote the
 * longest replica; two nodes that read, take a lease and append under it. A server that is cut off goes on believing that it is
 * the master, and a node may go on talking to it. A node may stand still between any two of its steps, or for ever.
 *
 * Asserted: what was acknowledged is in the log of every later master (EL2); two nodes never fold different writes at one
 * version, and a write stands right after what it was decided on (EL1); no lease token is given to two nodes, and nothing done
 * under an old token follows a newer one (EL10).
 *
 * A safeguard that is left out must be missed: -DNO_WAIT, -DNO_COMPARE, -DNO_FENCE, -DWORST_REPLICA. Where the promise ends:
 * -DTWO_AT_ONCE, a master that fails before the one before it is back in step; then the fork rules (EL5 to EL8) are what is left.
 */
#define SERVERS 3
/* Writes of each node, whether they come to something or not. */
#ifndef TRIES
#define TRIES 3
#endif
#define WRITES 6
#ifndef FAILOVERS
#define FAILOVERS 2
#endif
#define NOBODY 255

typedef List {
  byte at[WRITES];
  byte length
}

/* Writes are numbered from 1. What each is: a lease, the token that it gives or is done under, the version it was decided on. */
bool isLease[7];
byte tokenOf[7];
byte decidedOn[7];

List server[SERVERS];
List folded[2];
/* Whom a server follows; a master follows itself. */
byte follows[SERVERS];
/* The server that is cut off from the other servers and from the Sentinels, not from the nodes. */
byte cutOff = NOBODY;
byte master = 0;
bool acknowledged[7];
byte ownerOf[7];

inline push(list, w) {
  list.at[list.length] = w;
  list.length++
}

/* What comparing version and hash finds out. */
inline beginsWith(whole, part, answer) {
  answer = (whole.length >= part.length);
  i = 0;
  do
  :: answer && i < part.length ->
    answer = (whole.at[i] == part.at[i]);
    i++
  :: else -> break
  od;
  i = 0
}

inline lastToken(list, answer) {
  answer = 0;
  i = 0;
  do
  :: i < list.length ->
    if
    :: isLease[list.at[i]] -> answer = tokenOf[list.at[i]]
    :: else
    fi;
    i++
  :: else -> break
  od;
  i = 0
}

/* WAIT 1: a replica that this server reaches has its first `count` writes. */
inline isKept(c, count, answer) {
  answer = false;
  i = 0;
  do
  :: i < SERVERS ->
    answer = answer || (i != c && follows[i] == c && i != cutOff && c != cutOff && server[i].length >= count &&
      server[i].at[count - 1] == server[c].at[count - 1]);
#ifdef NO_WAIT
    answer = true;
#endif
    i++
  :: else -> break
  od;
  i = 0
}

/* Takes over one write, or everything from a master that has something else. */
proctype Replica(byte s) {
  byte i;
  bool same;
end:
  do
  :: d_step {
      follows[s] != s && s != cutOff && follows[s] != cutOff &&
      (server[s].length < server[follows[s]].length ||
        (server[s].length > 0 && (server[s].length > server[follows[s]].length ||
          server[s].at[server[s].length - 1] != server[follows[s]].at[server[s].length - 1]))) ->
      beginsWith(server[follows[s]], server[s], same);
      if
      :: same -> push(server[s], server[follows[s]].at[server[s].length])
      :: else ->
        server[s].length = 0;
        do
        :: i < WRITES ->
          server[s].at[i] = server[follows[s]].at[i];
          i++
        :: else -> break
        od;
        server[s].length = server[follows[s]].length;
        i = 0
      fi;
      same = false
    }
  od
}

/* The next failure comes when the last one is over: the server that came back follows, and nothing of its own is left. */
#ifdef TWO_AT_ONCE
#define isHealed(s) true
#else
#define isHealed(s) (server[s].length == 0 || (server[s].length <= server[master].length && \
  server[s].at[server[s].length - 1] == server[master].at[server[s].length - 1]))
#endif

proctype Sentinels() {
  byte s, best, i, w, failovers, old;
  bool found;
  do
  :: atomic {
      failovers < FAILOVERS && isHealed(old) ->
      cutOff = master;
      old = master
    };
    d_step {
      best = NOBODY;
      do
      :: s < SERVERS ->
        if
        :: s != cutOff && best == NOBODY -> best = s
#ifdef WORST_REPLICA
        :: s != cutOff && best != NOBODY && server[s].length < server[best].length -> best = s
#else
        :: s != cutOff && best != NOBODY && server[s].length > server[best].length -> best = s
#endif
        :: else
        fi;
        s++
      :: else -> break
      od;
      s = 0;
      do
      :: s < SERVERS ->
        if
        :: s != cutOff -> follows[s] = best
        :: else
        fi;
        s++
      :: else -> break
      od;
      s = 0;
      master = best;
      w = 1;
      do
      :: w < 7 ->
        found = !acknowledged[w];
        do
        :: i < server[master].length ->
          found = found || server[master].at[i] == w;
          i++
        :: else -> break
        od;
        i = 0;
        assert(found);
        w++
      :: else -> break
      od;
      w = 0;
      best = 0;
      found = false
    };
    /* From now on it follows, and knows it. */
    d_step {
      follows[cutOff] = master;
      cutOff = NOBODY;
      failovers++
    }
  :: else -> break
  od
}

/* `folds` what stands next in the log of its server. */
inline fold(n, c) {
  w = server[c].at[folded[n].length];
  assert(folded[1 - n].length <= folded[n].length || folded[1 - n].at[folded[n].length] == w);
  assert(decidedOn[w] == folded[n].length);
  lastToken(folded[n], token);
  assert(tokenOf[w] == token + (isLease[w] -> 1 : 0));
  push(folded[n], w)
}

proctype Node(byte n) {
  byte c, i, w, token, held, tries, waitingFor;
  bool answer;
end:
  do
  :: atomic { c != master -> c = master }

  /* Reads one write more, once it is kept. */
  :: d_step {
      waitingFor == 0 && folded[n].length < server[c].length ->
      beginsWith(server[c], folded[n], answer);
      if
      :: answer ->
        isKept(c, folded[n].length + 1, answer);
        if
        :: answer -> fold(n, c)
        :: else
        fi
      :: else
      fi;
      w = 0;
      token = 0;
      answer = false
    }

  /* Appends: takes the lease, which may have run out at any time, or does something under the one that it once got. */
  :: d_step {
      waitingFor == 0 && tries < TRIES && follows[c] == c ->
      beginsWith(server[c], folded[n], answer);
      answer = answer && server[c].length == folded[n].length;
#ifdef NO_COMPARE
      answer = true;
#endif
      lastToken(server[c], token);
#ifndef NO_FENCE
      answer = answer && (held == 0 || held == token);
#endif
      tries++;
      if
      :: answer ->
        w = n * TRIES + tries;
        isLease[w] = (held == 0);
        tokenOf[w] = (held == 0 -> token + 1 : held);
        decidedOn[w] = folded[n].length;
        push(server[c], w);
        waitingFor = w
      :: else
      fi;
      w = 0;
      token = 0;
      answer = false
    }

  /* The answer to WAIT. */
  :: d_step {
      waitingFor != 0 ->
      beginsWith(server[c], folded[n], answer);
      answer = answer && follows[c] == c && server[c].length > folded[n].length;
      answer = answer && server[c].at[folded[n].length] == waitingFor;
      if
      :: answer ->
        isKept(c, folded[n].length + 1, answer);
        if
        :: answer ->
          fold(n, c);
          acknowledged[w] = true;
          if
          :: isLease[w] ->
            assert(ownerOf[tokenOf[w]] == 0);
            ownerOf[tokenOf[w]] = n + 1;
            held = tokenOf[w]
          :: else
          fi;
          waitingFor = 0
        :: else
        fi
      :: else -> waitingFor = 0
      fi;
      w = 0;
      token = 0;
      answer = false
    }
  /* It takes too long: the node will read what has become of it. A lease that was not acknowledged is none. */
  :: atomic { waitingFor != 0 -> waitingFor = 0 }
  od
}

init {
  atomic {
    run Replica(0);
    run Replica(1);
    run Replica(2);
    run Sentinels();
    run Node(0);
    run Node(1)
  }
}
