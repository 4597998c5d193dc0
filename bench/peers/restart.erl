%% Erlang's supervisor, measured as ours is: a row of supervisors with a gen_server each, a permanent child, from the kill of a child until its
%% successor says that it runs, one kill after the other and each supervisor in its turn.
%% A line "N" on stdin is answered by the times of N kills in nanoseconds, in one line.
-module(restart).
-behaviour(supervisor).
-export([main/1, init/1]).

%% Words: how many supervisors, their intensity, their period in seconds.
main(Words) ->
    [Count, Intensity, Period] = [list_to_integer(atom_to_list(Word)) || Word <- Words],
    %% No report of each death: ours writes none either.
    logger:set_primary_config(level, none),
    serve(queue:from_list([family({self(), Intensity, Period}) || _ <- lists:seq(1, Count)])).

family(Order) ->
    {ok, Supervisor} = supervisor:start_link(?MODULE, Order),
    unlink(Supervisor),
    running().

init({Watcher, Intensity, Period}) ->
    Flags = #{strategy => one_for_one, intensity => Intensity, period => Period},
    {ok, {Flags, [#{id => counter, start => {counter, start_link, [Watcher]}}]}}.

running() ->
    receive {running, Pid} -> Pid end.

serve(Children) ->
    case io:get_line("") of
        eof -> halt(0);
        Line ->
            Count = list_to_integer(string:trim(Line)),
            {Times, Left} = kills(Count, Children, []),
            io:format("~s~n", [lists:join(" ", [integer_to_list(T) || T <- Times])]),
            serve(Left)
    end.

kills(0, Children, Times) -> {lists:reverse(Times), Children};
kills(N, Children, Times) ->
    {{value, Pid}, Others} = queue:out(Children),
    From = erlang:monotonic_time(nanosecond),
    exit(Pid, kill),
    Next = running(),
    Time = erlang:monotonic_time(nanosecond) - From,
    kills(N - 1, queue:in(Next, Others), [Time | Times]).
