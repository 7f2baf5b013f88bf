import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { keys } from '../../api/keys';
import { changeRole, removeAccount, signOutAccount } from '../../api/peopleQueries';
import { meQuery } from '../../api/queries';
import { Confirm } from '../../parts/Confirm';
import { Data } from '../../parts/Data';

import type { Account, Role } from '../../api/schema';

interface Props {
  account: Account;
  onClose: () => void;
}

/** What follows from a change of who is in: the list again, or who one is oneself, who may not see the list then. */
function useAsking(account: Account, change: () => Promise<unknown>, onClose: () => void) {
  const client = useQueryClient();
  const isMe = useQuery(meQuery).data?.account?.id === account.id;
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      onClose();
      void client.invalidateQueries({ queryKey: isMe ? keys.me : keys.accounts });
    },
  });
}

const Who = ({ email }: { email: string }) => (
  <p>
    <b>
      <Data>{email}</Data>
    </b>
  </p>
);

export function Removal({ account, onClose }: Props) {
  const isMe = useQuery(meQuery).data?.account?.id === account.id;
  const { mutate, isPending, error } = useAsking(account, () => removeAccount(account.id), onClose);
  return (
    <Confirm
      title={isMe ? 'Leave the project?' : 'Remove from the project?'}
      keep={isMe ? 'Stay' : 'Keep them'}
      action={isMe ? 'Leave the project' : 'Remove from the project'}
      isPending={isPending}
      error={error}
      onClose={onClose}
      onConfirm={() => mutate()}
    >
      <Who email={account.email} />
      <p>
        {isMe ? 'You are' : 'They are'} signed out of it at once, and need another invitation to come back. An
        account that is in no project any more is deleted; keys that were made stay, and so does what was said
        of sessions.
      </p>
    </Confirm>
  );
}

export function SigningOut({ account, onClose }: Props) {
  const { mutate, isPending, error } = useAsking(account, () => signOutAccount(account.id), onClose);
  return (
    <Confirm
      title="Sign out in every browser?"
      keep="Leave them signed in"
      action="Sign out everywhere"
      isPending={isPending}
      error={error}
      onClose={onClose}
      onConfirm={() => mutate()}
    >
      <Who email={account.email} />
      <p>Wherever this account is in the project, it has to sign in again. It keeps its role.</p>
    </Confirm>
  );
}

export function SteppingDown({ account, role, onClose }: Props & { role: Role }) {
  const { mutate, isPending, error } = useAsking(
    account,
    () => changeRole({ id: account.id, role }),
    onClose,
  );
  return (
    <Confirm
      title={`Become a ${role}?`}
      keep="Stay an owner"
      action={`Become a ${role}`}
      isPending={isPending}
      error={error}
      onClose={onClose}
      onConfirm={() => mutate()}
    >
      <p>You will not manage the project any more, nor see this page; another owner has to give it back.</p>
    </Confirm>
  );
}
